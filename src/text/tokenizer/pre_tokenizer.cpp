#include "text/tokenizer/pre_tokenizer.h"

#include <algorithm>

#include "text/tokenizer/pre_tokenizer_table.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

// Far above what any known pattern takes; a text that reaches it would keep a thread busy for nothing.
constexpr uint64_t kStepsPerByte = 512;
constexpr uint64_t kMinSteps = 1 << 20;

bool is_decimal(uint32_t code_point) { return unicode_properties(code_point).category() == Category::kNd; }
bool is_number(uint32_t code_point) {
  const Category category = unicode_properties(code_point).category();
  return category == Category::kNd || category == Category::kNl || category == Category::kNo;
}
/// \w
bool is_word(uint32_t code_point) {
  const Category category = unicode_properties(code_point).category();
  if ((category >= Category::kLl && category <= Category::kNl) || category == Category::kPc) return true;
  return std::ranges::any_of(kOtherWordRanges, [&](const auto& range) {
    return range.first <= code_point && code_point <= range.second;
  });
}

/// Cuts each run of digits so that, counted from its right, every part but the first has three.
template <typename IsDigit>
void split_digits(std::string_view text, uint32_t base, IsDigit is_digit, bool at_boundary, bool isolate,
                  std::vector<uint32_t>& ends) {
  const auto cut = [&](size_t at) {
    if (at > 0 && (ends.empty() || ends.back() < base + at)) ends.push_back(uint32_t(base + at));
  };
  std::vector<size_t> run;  // where each digit of the run begins
  for (size_t at = 0; at < text.size();) {
    Utf8Step step = next_utf8(text.substr(at));
    if (!is_digit(step.code_point)) {
      at += step.size;
      continue;
    }
    run.clear();
    while (at < text.size()) {
      step = next_utf8(text.substr(at));
      if (!is_digit(step.code_point)) break;
      run.push_back(at);
      at += step.size;
    }
    if (at_boundary && at < text.size() && is_word(step.code_point)) continue;
    if (isolate) cut(run[0]);
    for (size_t i = run.size() % 3; i < run.size(); i += 3) cut(run[i]);
    if (isolate) cut(at);
  }
  cut(text.size());
}

}  // namespace

std::vector<std::string_view> PreTokenizer::names() {
  std::vector<std::string_view> names;
  for (const PreTokenizerEntry& entry : pre_tokenizer_table()) {
    names.insert(names.end(), entry.names.begin(), entry.names.end());
  }
  return names;
}

Result<PreTokenizer> PreTokenizer::create(std::string_view name) {
  for (const PreTokenizerEntry& entry : pre_tokenizer_table()) {
    if (std::ranges::find(entry.names, name) == entry.names.end()) continue;
    PreTokenizer pre_tokenizer;
    pre_tokenizer.traits_ = entry.traits;
    for (const std::string_view pattern : entry.stages) {
      pre_tokenizer.stages_.push_back(TRY(make_stage(pattern)));
    }
    return pre_tokenizer;
  }
  return fail_hint(ErrorCode::kUnsupported,
                   "use a build that knows it, or set the key to the name of one that splits alike, such as "
                   "gpt-2, llama-bpe or qwen2",
                   "tokenizer.ggml.pre: unknown pre-tokenizer \"{}\"", name.substr(0, 64));
}

Result<PreTokenizer::Stage> PreTokenizer::make_stage(std::string_view pattern) {
  if (pattern == kDigitTriplesStage) return Stage{StageKind::kDigitTriples, {}};
  if (pattern == kDigitTriplesAtBoundaryStage) return Stage{StageKind::kDigitTriplesAtBoundary, {}};
  if (pattern == kNumberTriplesStage) return Stage{StageKind::kNumberTriples, {}};
  return Stage{StageKind::kRegex, TRY(SplitRegex::compile(pattern))};
}

Status PreTokenizer::split(std::string_view text, std::vector<uint32_t>& ends) const {
  SplitRegex::Scratch scratch(kMinSteps + kStepsPerByte * text.size());
  const size_t first = ends.size();
  if (!text.empty()) ends.push_back(uint32_t(text.size()));
  std::vector<uint32_t> coarse;
  for (const Stage& stage : stages_) {
    coarse.assign(ends.begin() + ptrdiff_t(first), ends.end());
    ends.resize(first);
    uint32_t begin = 0;
    for (const uint32_t end : coarse) {
      if (!split_stage(stage, text.substr(begin, end - begin), begin, scratch, ends)) {
        return fail_hint(ErrorCode::kResourceLimit, "split the text, or break its long runs of one character",
                         "the pre-tokenizer took more than {} steps for a text of {} bytes",
                         kMinSteps + kStepsPerByte * text.size(), text.size());
      }
      begin = end;
    }
  }
  return {};
}

/// Cuts one word into smaller ones: what matches and what lies between matches. False where steps ran out.
bool PreTokenizer::split_stage(const Stage& stage, std::string_view text, uint32_t base,
                               SplitRegex::Scratch& scratch, std::vector<uint32_t>& ends) {
  switch (stage.kind) {
    case StageKind::kDigitTriples:
      split_digits(text, base, is_decimal, false, false, ends);
      return true;
    case StageKind::kDigitTriplesAtBoundary:
      split_digits(text, base, is_decimal, true, true, ends);
      return true;
    case StageKind::kNumberTriples:
      split_digits(text, base, is_number, false, true, ends);
      return true;
    case StageKind::kRegex:
      break;
  }
  size_t gap = 0;  // where what no match has taken begins
  for (size_t at = 0; at < text.size();) {
    if (!stage.regex.may_start_with(uint8_t(text[at]))) {
      ++at;
      continue;
    }
    const size_t end = stage.regex.match(text, at, scratch);
    if (end == SplitRegex::kNoMatch) {
      if (scratch.steps_left == 0) return false;
      at += next_utf8(text.substr(at)).size;
      continue;
    }
    if (at > gap) ends.push_back(uint32_t(base + at));
    ends.push_back(uint32_t(base + end));
    at = gap = end;
  }
  if (gap < text.size()) ends.push_back(uint32_t(base + text.size()));
  return true;
}

}  // namespace hearth
