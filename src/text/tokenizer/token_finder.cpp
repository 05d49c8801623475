#include "text/tokenizer/token_finder.h"

#include <algorithm>
#include <utility>

#include "text/unicode/unicode_data.h"
#include "text/unicode/utf8.h"

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

/// \w of the reference (UTS 18): letters, marks, decimal digits, connectors, joiners.
bool is_word_character(uint32_t code_point) {
  if (code_point == 0x200c || code_point == 0x200d) return true;
  const Category category = unicode_properties(code_point).category();
  if ((category >= Category::kLl && category <= Category::kNl) || category == Category::kPc) return true;
  return (code_point >= 0x24b6 && code_point <= 0x24e9) || (code_point >= 0x1f130 && code_point <= 0x1f149) ||
         (code_point >= 0x1f150 && code_point <= 0x1f169) || (code_point >= 0x1f170 && code_point <= 0x1f189);
}

bool is_white_space(std::string_view text) {
  return unicode_properties(next_utf8(text).code_point).is_white_space();
}

/// Where the last character before `end` begins.
size_t begin_of_last(std::string_view text, size_t end) {
  size_t at = end - 1;
  while (at > 0 && end - at < 4 && (uint8_t(text[at]) & 0xc0) == 0x80) --at;
  return at + next_utf8(text.substr(at)).size == end ? at : end - 1;
}

}  // namespace

Result<TokenFinder> TokenFinder::create(std::vector<AddedToken> tokens) {
  TokenFinder finder;
  finder.tokens_ = std::move(tokens);
  for (const AddedToken& token : finder.tokens_) {
    const std::string_view text = token.content;
    if (text.empty()) continue;
    if (text.size() > kMaxSize) {
      return fail(ErrorCode::kCorruptData,
                  "tokenizer.ggml.tokens[{}]: a control or user-defined token of {} bytes, the limit is {}",
                  token.id, text.size(), kMaxSize);
    }
    const Allow strictest = token.special             ? Allow::kAll
                            : looks_like_markup(text) ? Allow::kText
                                                      : Allow::kContent;
    const bool is_plain = !token.lstrip && !token.rstrip && !token.single_word;
    finder.entries_.push_back(
        {text, token.id, -1, strictest, is_plain, token.lstrip, token.rstrip, token.single_word});
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

/// Whether no letter, digit or the like stands beside a token that asks for that.
bool TokenFinder::stands_alone(const Entry& entry, std::string_view text, size_t at) {
  if (!entry.single_word) return true;
  const size_t end = at + entry.text.size();
  if (end < text.size() && is_word_character(next_utf8(text.substr(end)).code_point)) return false;
  return at == 0 || !is_word_character(next_utf8(text.substr(begin_of_last(text, at))).code_point);
}

TokenFinder::Found TokenFinder::with_space(const Entry& entry, std::string_view text, size_t from,
                                           size_t at) {
  size_t begin = at, end = at + entry.text.size();
  while (entry.lstrip && begin > from) {
    const size_t before = begin_of_last(text, begin);
    if (before < from || !is_white_space(text.substr(before))) break;
    begin = before;
  }
  while (entry.rstrip && end < text.size() && is_white_space(text.substr(end))) {
    end += next_utf8(text.substr(end)).size;
  }
  return {begin, end - begin, entry.id};
}

}  // namespace hearth
