#include "text/tokenizer/token_finder.h"

#include <algorithm>
#include <utility>

#include "text/tokenizer/space_escape.h"

namespace hearth {
namespace {

constexpr size_t kMaxSize = 4096;

/// Elements of HTML that vocabularies (Gemma) hold as text.
constexpr std::string_view kHtmlNames[] = {
    "a",   "b",   "blockquote", "br",    "code", "div",   "em", "h1",    "h2", "h3",   "h4",
    "h5",  "h6",  "hr",         "i",     "li",   "ol",    "p",  "pre",   "s",  "span", "strong",
    "sub", "sup", "table",      "tbody", "td",   "tfoot", "th", "thead", "tr", "u",    "ul",
};

bool looks_like_markup(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  if (text.find("<|") != std::string_view::npos || text.find("|>") != std::string_view::npos) return true;
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') return true;
  if (text.size() < 3 || text.front() != '<' || text.back() != '>') return false;
  std::string_view name = text.substr(1, text.size() - 2);
  if (name.front() == '/') name.remove_prefix(1);
  return std::ranges::find(kHtmlNames, name) == std::end(kHtmlNames);
}

}  // namespace

Result<TokenFinder> TokenFinder::create(const Vocab& vocab) {
  TokenFinder finder;
  for (TokenId id = 0; vocab.contains(id); ++id) {
    const TokenType type = vocab.type(id);
    const bool is_text = type == TokenType::kUserDefined;
    if (!is_text && type != TokenType::kControl && type != TokenType::kUnknown) continue;
    std::string_view text = vocab.text(id);
    if (text.empty()) continue;
    if (text.size() > kMaxSize) {
      return fail(ErrorCode::kCorruptData,
                  "tokenizer.ggml.tokens[{}]: a control or user-defined token of {} bytes, the limit is {}",
                  id, text.size(), kMaxSize);
    }
    if (vocab.is_sentencepiece() && text.find(' ') != std::string_view::npos) {
      text = finder.escaped_.emplace_back(escape_spaces(text));
    }
    const Allow strictest = !is_text ? Allow::kAll : looks_like_markup(text) ? Allow::kText : Allow::kContent;
    finder.entries_.push_back({text, id, -1, strictest});
  }
  std::vector<Entry>& entries = finder.entries_;
  std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.text, entry.id); });
  entries.erase(std::ranges::unique(entries, {}, &Entry::text).begin(), entries.end());
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string_view text = entries[i].text;
    // In sorted order the prefixes of an entry are the entry before it and its prefixes, as far as they fit.
    int32_t candidate = int32_t(i) - 1;
    while (candidate >= 0 && !text.starts_with(entries[size_t(candidate)].text)) {
      candidate = entries[size_t(candidate)].parent;
    }
    entries[i].parent = candidate;
    if (text.size() > 1) {
      finder.starts_.set(start_key(text));
    } else {
      for (size_t second = 0; second < 256; ++second)
        finder.starts_.set(size_t(uint8_t(text[0])) << 8 | second);
    }
  }
  return finder;
}

const TokenFinder::Entry* TokenFinder::longest(std::string_view text) const {
  text = text.substr(0, kMaxSize);
  // Any entry that is a prefix of the text is also a prefix of the last entry that does not sort after it.
  const auto after = std::ranges::upper_bound(entries_, text, {}, &Entry::text);
  if (after == entries_.begin()) return nullptr;
  const Entry* entry = &*(after - 1);
  const auto mismatch = std::ranges::mismatch(entry->text, text);
  const size_t common = size_t(mismatch.in1 - entry->text.begin());
  while (entry != nullptr && entry->text.size() > common) entry = parent(*entry);
  return entry;
}

}  // namespace hearth
