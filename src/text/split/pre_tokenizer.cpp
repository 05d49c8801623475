#include "text/split/pre_tokenizer.h"

#include <algorithm>
#include <utility>

#include "text/split/digit_groups.h"
#include "text/split/split_behavior.h"
#include "text/unicode/byte_alphabet.h"
#include "text/unicode/scripts.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

using Kind = PreTokenizerStep::Kind;

// Far above what any known pattern takes; a text that reaches it would keep a thread busy for nothing.
constexpr uint64_t kStepsPerByte = 512;
constexpr uint64_t kMinSteps = 1 << 20;
constexpr size_t kMaxSize = size_t(1) << 31;

bool rewrites(Kind kind) {
  return kind == Kind::kPrependSpace || kind == Kind::kMetaspace || kind == Kind::kByteAlphabet;
}

/// Appends the text between the places where `is_cut(code point)` holds.
template <typename IsCut>
void cut_where(std::string_view text, Word word, IsCut is_cut, std::vector<Word>& words) {
  uint32_t begin = word.begin;
  for (uint32_t at = word.begin; at < word.end;) {
    const Utf8Step step = next_utf8(text.substr(at, word.end - at));
    if (is_cut(step.code_point) && at > begin) {
      words.push_back({begin, at});
      begin = at;
    }
    at += step.size;
  }
  if (begin < word.end) words.push_back({begin, word.end});
}

/// What stands before the first character that has a script is no word, as in the reference.
void cut_scripts(std::string_view text, Word word, std::vector<Word>& words) {
  while (word.begin < word.end) {
    const Utf8Step step = next_utf8(text.substr(word.begin, word.end - word.begin));
    if (splitting_script(step.code_point) != Script::kAny) break;
    word.begin += step.size;
  }
  Script last = Script::kAny;
  cut_where(
      text, word,
      [&](uint32_t code_point) {
        const Script script = splitting_script(code_point);
        const bool changes = script != Script::kAny && script != last;
        if (script != Script::kAny) last = script;
        return changes;
      },
      words);
}

void cut_lengths(std::string_view text, Word word, size_t length, std::vector<Word>& words) {
  size_t count = 0;
  cut_where(
      text, word,
      [&](uint32_t) {
        const bool full = count == length;
        count = full ? 1 : count + 1;
        return full;
      },
      words);
}

/// Words that start at each `replacement`, as MergedWithNext makes them.
void cut_metaspace(const PreTokenizerStep& step, std::string_view text, Word word, std::vector<Word>& words) {
  SplitParts parts(step, words);
  uint32_t at = word.begin;
  while (at < word.end) {
    const size_t found = std::min<size_t>(text.substr(0, word.end).find(step.pattern, at), word.end);
    parts.add(at, uint32_t(found), false);
    if (found == word.end) break;
    at = uint32_t(found + step.pattern.size());
    parts.add(uint32_t(found), at, true);
  }
}

void append_metaspaced(std::string& out, const PreTokenizerStep& step, std::string_view word, bool at_start) {
  const bool wanted = step.prepend == PreTokenizerStep::Prepend::kAlways ||
                      (step.prepend == PreTokenizerStep::Prepend::kFirst && at_start);
  if (wanted && !word.starts_with(' ') && !word.starts_with(step.pattern)) out += step.pattern;
  for (const char byte : word) {
    if (byte == ' ') {
      out += step.pattern;
    } else {
      out += byte;
    }
  }
}

}  // namespace

Result<PreTokenizer> PreTokenizer::create(std::vector<PreTokenizerStep> steps) {
  PreTokenizer pre_tokenizer;
  for (PreTokenizerStep& spec : steps) pre_tokenizer.steps_.push_back(TRY(make_step(std::move(spec))));
  return pre_tokenizer;
}

Result<PreTokenizer::Step> PreTokenizer::make_step(PreTokenizerStep spec) {
  Step step;
  if (spec.kind == Kind::kSplit) step.regex = TRY(SplitRegex::compile(spec.pattern));
  if (spec.kind == Kind::kMetaspace) spec.behavior = SplitBehavior::kMergedWithNext;
  step.spec = std::move(spec);
  return step;
}

Status PreTokenizer::split(std::string_view& text, Place place, std::string& storage,
                           std::vector<Word>& words) const {
  SplitRegex::Scratch scratch(kMinSteps + kStepsPerByte * text.size());
  const size_t first = words.size();
  if (!text.empty()) words.push_back({0, uint32_t(text.size())});
  std::vector<Word> coarse;
  for (const Step& step : steps_) {
    coarse.assign(words.begin() + std::ptrdiff_t(first), words.end());
    words.resize(first);
    if (rewrites(step.spec.kind)) {
      std::string rewritten;
      if (!rewrite(step, text, place, coarse, rewritten, words)) {
        return fail_hint(ErrorCode::kResourceLimit, "encode it in parts",
                         "the pre-tokenizer makes the text larger than {} bytes", kMaxSize);
      }
      storage = std::move(rewritten);
      text = storage;
      continue;
    }
    for (const Word word : coarse) {
      if (!cut(step, text, word, scratch, words)) {
        return fail_hint(ErrorCode::kResourceLimit, "split the text, or break its long runs of one character",
                         "the pre-tokenizer took more than {} steps for a text of {} bytes",
                         kMinSteps + kStepsPerByte * text.size(), text.size());
      }
    }
  }
  return {};
}

/// Rewrites each word. False where the text becomes too large.
bool PreTokenizer::rewrite(const Step& step, std::string_view text, Place place,
                           const std::vector<Word>& words, std::string& out, std::vector<Word>& out_words) {
  out.reserve(text.size() + words.size());
  for (const Word word : words) {
    const std::string_view bytes = text.substr(word.begin, word.end - word.begin);
    const Word made = {uint32_t(out.size()), 0};
    switch (step.spec.kind) {
      case Kind::kPrependSpace:
        if (!bytes.starts_with(' ')) out += ' ';
        out += bytes;
        break;
      case Kind::kMetaspace:
        append_metaspaced(out, step.spec, bytes, place.at_start && word.begin == 0);
        break;
      default:
        for (const char byte : bytes) append_utf8(out, alphabet_code_point(uint8_t(byte)));
    }
    if (out.size() > kMaxSize) return false;
    out_words.push_back({made.begin, uint32_t(out.size())});
  }
  if (step.spec.kind != Kind::kMetaspace || !step.spec.split) return true;
  const std::vector<Word> whole(out_words.end() - std::ptrdiff_t(words.size()), out_words.end());
  out_words.resize(out_words.size() - words.size());
  for (const Word word : whole) cut_metaspace(step.spec, out, word, out_words);
  return true;
}

/// Cuts one word into smaller ones. False where steps ran out.
bool PreTokenizer::cut(const Step& step, std::string_view text, Word word, SplitRegex::Scratch& scratch,
                       std::vector<Word>& words) {
  if (step.spec.kind == Kind::kScripts) {
    cut_scripts(text, word, words);
    return true;
  }
  if (step.spec.kind == Kind::kFixedLength) {
    cut_lengths(text, word, step.spec.length, words);
    return true;
  }
  const std::string_view bytes = text.substr(word.begin, word.end - word.begin);
  if (step.spec.kind != Kind::kSplit) {
    std::vector<uint32_t> cuts;
    cut_digits(step.spec.kind, bytes, cuts);
    uint32_t begin = 0;
    for (const uint32_t end : cuts) {
      words.push_back({word.begin + begin, word.begin + end});
      begin = end;
    }
    return true;
  }
  SplitParts parts(step.spec, words);
  uint32_t gap = 0;  // where what no match has taken begins
  const auto add = [&](uint32_t begin, uint32_t end, bool found) {
    parts.add(word.begin + begin, word.begin + end, found);
  };
  for (uint32_t at = 0; at < bytes.size();) {
    if (!step.regex.may_start_with(uint8_t(bytes[at]))) {
      ++at;
      continue;
    }
    const size_t end = step.regex.match(bytes, at, scratch);
    if (end == SplitRegex::kNoMatch) {
      if (scratch.steps_left == 0) return false;
      at += next_utf8(bytes.substr(at)).size;
      continue;
    }
    add(gap, at, false);
    add(at, uint32_t(end), true);
    at = gap = uint32_t(end);
  }
  add(gap, uint32_t(bytes.size()), false);
  return true;
}

}  // namespace hearth
