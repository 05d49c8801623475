#include "formats/huggingface/tokenizer_steps.h"

namespace hearth {

Result<StepPattern> read_pattern(const JsonNode& node) {
  constexpr size_t kMaxSize = 1 << 16;
  StepPattern pattern;
  if (node.json().is_string()) {
    pattern.text = TRY(node.text());
  } else if (const auto text = node.find("String")) {
    pattern.text = TRY(text->text());
  } else {
    pattern.text = TRY(TRY(node.get("Regex")).text());
    pattern.is_regex = true;
  }
  if (pattern.text.empty()) return node.wrong("a pattern of at least one character");
  if (pattern.text.size() > kMaxSize) return node.wrong("a pattern of up to 64 KiB");
  return pattern;
}

namespace {

/// A single special token: ["[CLS]", 101].
Result<TokenId> read_token_pair(const JsonNode& node) {
  constexpr uint64_t kMaxId = (1 << 24) - 1;
  const std::vector<JsonNode> pair = TRY(node.list(2));
  if (pair.size() != 2) return node.wrong("a token and its id");
  return TokenId(TRY(pair[1].number(kMaxId)));
}

Result<std::vector<TokenId>> read_special(const JsonNode& node, const std::string& name) {
  constexpr uint64_t kMaxId = (1 << 24) - 1;
  constexpr size_t kMaxIds = 64;
  const JsonNode tokens = TRY(node.get("special_tokens"));
  std::vector<TokenId> ids;
  for (const JsonNode& id : TRY(TRY(TRY(tokens.get(name)).get("ids")).list(kMaxIds))) {
    ids.push_back(TokenId(TRY(id.number(kMaxId))));
  }
  return ids;
}

Result<SpecialFrame> read_template(const JsonNode& node) {
  constexpr size_t kMaxPieces = 64;
  SpecialFrame frame;
  bool behind = false;
  for (const JsonNode& piece : TRY(TRY(node.get("single")).list(kMaxPieces))) {
    if (const auto special = piece.find("SpecialToken")) {
      const std::vector<TokenId> ids = TRY(read_special(node, TRY(TRY(special->get("id")).text())));
      std::vector<TokenId>& side = behind ? frame.suffix : frame.prefix;
      side.insert(side.end(), ids.begin(), ids.end());
    } else {
      TRY(piece.get("Sequence"));
      if (behind) return piece.unknown("template", "a text that stands twice");
      behind = true;
    }
  }
  return frame;
}

}  // namespace

Result<SpecialFrame> read_post_processor(const JsonNode& node) {
  const std::string type = TRY(node.type());
  if (type == "ByteLevel") return SpecialFrame();  // concerns offsets alone
  if (type == "TemplateProcessing") return read_template(node);
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    return SpecialFrame{{TRY(read_token_pair(TRY(node.get("cls"))))},
                        {TRY(read_token_pair(TRY(node.get("sep"))))}};
  }
  if (type != "Sequence") return node.unknown("post-processor", type);
  SpecialFrame frame;
  for (const JsonNode& one : TRY(TRY(node.get("processors")).list(kMaxSteps))) {
    const SpecialFrame outer = TRY(read_post_processor(one));
    frame.prefix.insert(frame.prefix.begin(), outer.prefix.begin(), outer.prefix.end());
    frame.suffix.insert(frame.suffix.end(), outer.suffix.begin(), outer.suffix.end());
  }
  return frame;
}

}  // namespace hearth
