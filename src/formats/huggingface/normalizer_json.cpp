#include "formats/encoding/base64.h"
#include "formats/huggingface/tokenizer_steps.h"
#include "text/tokenizer/bert_steps.h"

namespace hearth {
namespace {

using Kind = NormalizerStep::Kind;
using Steps = std::vector<NormalizerStep>;

struct NamedStep {
  std::string_view name;
  NormalizerStep step;
};

/// The kinds that are told nothing.
const NamedStep* find_plain(std::string_view name) {
  static const NamedStep kPlain[] = {
      {"NFC", {.form = NormalForm::kNfc}},          {"NFD", {.form = NormalForm::kNfd}},
      {"NFKC", {.form = NormalForm::kNfkc}},        {"NFKD", {.form = NormalForm::kNfkd}},
      {"Lowercase", {.kind = Kind::kLowercase}},    {"StripAccents", {.kind = Kind::kStripMarks}},
      {"ByteLevel", {.kind = Kind::kByteAlphabet}}, {"Nmt", {.kind = Kind::kNmt}},
  };
  for (const NamedStep& one : kPlain) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

Result<NormalizerStep> replacing(const JsonNode& node) {
  StepPattern pattern = TRY(read_pattern(TRY(node.get("pattern"))));
  return NormalizerStep{.kind = pattern.is_regex ? Kind::kReplaceRegex : Kind::kReplace,
                        .pattern = std::move(pattern.text),
                        .content = TRY(node.text("content", ""))};
}

Result<Steps> bert(const JsonNode& node) {
  BertOptions options;
  options.clean_text = TRY(node.flag("clean_text", true));
  options.space_ideographs = TRY(node.flag("handle_chinese_chars", true));
  options.lowercase = TRY(node.flag("lowercase", true));
  options.strip_accents = TRY(node.flag("strip_accents", options.lowercase));
  return bert_normalizer(options);
}

Status append(const JsonNode& node, Steps& steps) {
  const std::string type = TRY(node.type());
  if (type == "Sequence") return read_sequence(node, "normalizers", steps, append);
  if (const NamedStep* plain = find_plain(type)) {
    steps.push_back(plain->step);
  } else if (type == "Strip") {
    steps.push_back({.kind = Kind::kStrip,
                     .left = TRY(node.flag("strip_left", true)),
                     .right = TRY(node.flag("strip_right", true))});
  } else if (type == "Replace") {
    steps.push_back(TRY(replacing(node)));
  } else if (type == "Prepend") {
    steps.push_back({.kind = Kind::kPrepend, .content = TRY(TRY(node.get("prepend")).text())});
  } else if (type == "Precompiled") {
    const JsonNode map = TRY(node.get("precompiled_charsmap"));
    steps.push_back(
        {.kind = Kind::kGraphemeCharsmap, .content = TRY(decode_base64(TRY(map.text()), map.path()))});
  } else if (type == "BertNormalizer") {
    for (NormalizerStep& step : TRY(bert(node))) steps.push_back(std::move(step));
  } else {
    return node.unknown("normalizer", type);
  }
  return {};
}

}  // namespace

Result<Steps> read_normalizer(const JsonNode& node) {
  Steps steps;
  TRY(append(node, steps));
  return steps;
}

}  // namespace hearth
