#include <algorithm>
#include <iterator>
#include <utility>

#include "formats/huggingface/tokenizer_steps.h"
#include "text/tokenizer/bert_steps.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

using Kind = PreTokenizerStep::Kind;
using Steps = std::vector<PreTokenizerStep>;

/// Words of \w, of what the reference's library of regular expressions calls so, and of other characters.
constexpr const char* kWordsOrSymbols =
    "[\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\u200C\\u200D\\u24B6-\\u24E9\\U0001F130-\\U0001F149\\U0001F150-"
    "\\U0001F169"
    "\\U0001F170-\\U0001F189]+|"
    "[^\\s\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\u200C\\u200D\\u24B6-\\u24E9\\U0001F130-\\U0001F149\\U0001F150-"
    "\\U0001F169\\U0001F170-\\U0001F189]+";

Result<SplitBehavior> read_behavior(const JsonNode& node, SplitBehavior otherwise) {
  static constexpr std::pair<std::string_view, SplitBehavior> kNames[] = {
      {"Isolated", SplitBehavior::kIsolated},
      {"Removed", SplitBehavior::kRemoved},
      {"MergedWithPrevious", SplitBehavior::kMergedWithPrevious},
      {"MergedWithNext", SplitBehavior::kMergedWithNext},
      {"Contiguous", SplitBehavior::kContiguous},
  };
  const auto behavior = node.find("behavior");
  if (!behavior) return otherwise;
  const std::string name = TRY(behavior->text());
  for (const auto& [known, value] : kNames) {
    if (known == name) return value;
  }
  return behavior->unknown("behavior", name);
}

/// A pattern that matches just this text.
std::string escaped(std::string_view text) {
  std::string pattern;
  for (const char byte : text) {
    const bool plain = uint8_t(byte) >= 128 || (byte >= '0' && byte <= '9') ||
                       ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
    if (byte == '\n') {
      pattern += "\\n";
      continue;
    }
    if (!plain && byte > ' ') pattern += '\\';
    pattern += byte;
  }
  return pattern;
}

/// Patterns that group digits from the right, which by themselves take quadratic time.
std::optional<Kind> digit_groups(std::string_view pattern) {
  if (pattern == "(?=(\\d{3})+(?!\\d))") return Kind::kDigitTriples;
  if (pattern == "\\d{1,3}(?=(?:\\d{3})*\\b)") return Kind::kDigitTriplesAtBoundary;
  return std::nullopt;
}

Result<PreTokenizerStep> split(const JsonNode& node) {
  StepPattern pattern = TRY(read_pattern(TRY(node.get("pattern"))));
  PreTokenizerStep step;
  step.behavior = TRY(read_behavior(node, SplitBehavior::kIsolated));
  step.invert = TRY(node.flag("invert", false));
  if (step.behavior == SplitBehavior::kIsolated && pattern.is_regex) {
    if (const auto groups = digit_groups(pattern.text)) return PreTokenizerStep{.kind = *groups};
  }
  step.pattern = pattern.is_regex ? std::move(pattern.text) : escaped(pattern.text);
  return step;
}

Result<PreTokenizerStep> metaspace(const JsonNode& node) {
  PreTokenizerStep step = {.kind = Kind::kMetaspace};
  step.pattern = TRY(node.text("replacement", "\u2581"));
  if (count_code_points(step.pattern) != 1) return TRY(node.get("replacement")).wrong("one character");
  step.split = TRY(node.flag("split", true));
  const bool old = TRY(node.flag("add_prefix_space", true));
  const std::string scheme = TRY(node.text("prepend_scheme", old ? "always" : "never"));
  if (scheme == "always") {
    step.prepend = PreTokenizerStep::Prepend::kAlways;
  } else if (scheme == "first") {
    step.prepend = PreTokenizerStep::Prepend::kFirst;
  } else if (scheme != "never") {
    return node.unknown("prepend_scheme", scheme);
  }
  return step;
}

Status append_byte_level(const JsonNode& node, Steps& steps) {
  if (TRY(node.flag("add_prefix_space", true))) steps.push_back({.kind = Kind::kPrependSpace});
  if (TRY(node.flag("use_regex", true))) steps.push_back({.pattern = kGpt2Pattern});
  steps.push_back({.kind = Kind::kByteAlphabet});
  return {};
}

Status append(const JsonNode& node, Steps& steps) {
  const std::string type = TRY(node.type());
  if (type == "Sequence") return read_sequence(node, "pretokenizers", steps, append);
  if (type == "ByteLevel") return append_byte_level(node, steps);
  if (type == "Split") {
    steps.push_back(TRY(split(node)));
  } else if (type == "Whitespace") {
    steps.push_back({.pattern = kWordsOrSymbols, .behavior = SplitBehavior::kRemoved, .invert = true});
  } else if (type == "WhitespaceSplit") {
    steps.push_back({.pattern = "\\s", .behavior = SplitBehavior::kRemoved});
  } else if (type == "Metaspace") {
    steps.push_back(TRY(metaspace(node)));
  } else if (type == "Digits") {
    const bool single = TRY(node.flag("individual_digits", false));
    steps.push_back(
        {.pattern = "\\p{N}", .behavior = single ? SplitBehavior::kIsolated : SplitBehavior::kContiguous});
  } else if (type == "Punctuation") {
    steps.push_back(
        {.pattern = kPunctuationPattern, .behavior = TRY(read_behavior(node, SplitBehavior::kIsolated))});
  } else if (type == "BertPreTokenizer") {
    for (PreTokenizerStep& step : bert_pre_tokenizer()) steps.push_back(std::move(step));
  } else if (type == "CharDelimiterSplit") {
    const std::string delimiter = TRY(TRY(node.get("delimiter")).text());
    if (count_code_points(delimiter) != 1) return TRY(node.get("delimiter")).wrong("one character");
    steps.push_back({.pattern = escaped(delimiter), .behavior = SplitBehavior::kRemoved});
  } else if (type == "UnicodeScripts") {
    steps.push_back({.kind = Kind::kScripts});
  } else if (type == "FixedLength") {
    constexpr size_t kUsual = 5, kMost = 1 << 20;
    const size_t length = TRY(node.number("length", kUsual, kMost));
    if (length == 0) return node.wrong("words of at least one character");
    steps.push_back({.kind = Kind::kFixedLength, .length = length});
  } else {
    return node.unknown("pre-tokenizer", type);
  }
  return {};
}

}  // namespace

Result<Steps> read_pre_tokenizer(const JsonNode& node) {
  Steps steps;
  TRY(append(node, steps));
  return steps;
}

}  // namespace hearth
