#include "formats/huggingface/tokenizer_steps.h"

#include <utility>

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

/// The segment that a piece counts to.
Result<int32_t> read_type_id(const JsonNode& piece) {
  constexpr uint64_t kMaxType = 255;
  return int32_t(TRY(piece.number("type_id", 0, kMaxType)));
}

/// Nothing where the texts do not stand once each, the first before the second.
Result<std::optional<PairFrame>> read_pair_template(const JsonNode& node) {
  constexpr size_t kMaxPieces = 64;
  const auto pieces = node.find("pair");
  if (!pieces) return std::nullopt;
  PairFrame pair;
  std::vector<FrameToken>* sides[] = {&pair.prefix, &pair.middle, &pair.suffix};
  size_t num_texts = 0;
  for (const JsonNode& piece : TRY(pieces->list(kMaxPieces))) {
    if (const auto special = piece.find("SpecialToken")) {
      const int32_t type = TRY(read_type_id(*special));
      for (const TokenId id : TRY(read_special(node, TRY(TRY(special->get("id")).text())))) {
        sides[num_texts]->push_back({id, type});
      }
      continue;
    }
    const JsonNode text = TRY(piece.get("Sequence"));
    if (num_texts == 2 || TRY(TRY(text.get("id")).text()) != (num_texts == 0 ? "A" : "B"))
      return std::nullopt;
    (num_texts == 0 ? pair.first_type : pair.second_type) = TRY(read_type_id(text));
    ++num_texts;
  }
  if (num_texts < 2) return std::nullopt;
  return pair;
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
  frame.pair = TRY(read_pair_template(node));
  return frame;
}

/// BERT's [CLS] A [SEP] B [SEP], in two segments; RoBERTa's <s> A </s></s> B </s>, in one.
Result<SpecialFrame> read_bert_frame(const JsonNode& node, bool is_roberta) {
  const TokenId cls = TRY(read_token_pair(TRY(node.get("cls"))));
  const TokenId sep = TRY(read_token_pair(TRY(node.get("sep"))));
  const int32_t second = is_roberta ? 0 : 1;
  PairFrame pair{.prefix = {{cls}},
                 .middle = {{sep}},
                 .suffix = {{sep, second}},
                 .first_type = 0,
                 .second_type = second};
  if (is_roberta) pair.middle.push_back({sep});
  return SpecialFrame{{cls}, {sep}, std::move(pair)};
}

}  // namespace

Result<SpecialFrame> read_post_processor(const JsonNode& node) {
  const std::string type = TRY(node.type());
  if (type == "ByteLevel") return SpecialFrame();  // concerns offsets alone
  if (type == "TemplateProcessing") return read_template(node);
  if (type == "BertProcessing") return read_bert_frame(node, false);
  if (type == "RobertaProcessing") return read_bert_frame(node, true);
  if (type != "Sequence") return node.unknown("post-processor", type);
  SpecialFrame frame;
  for (const JsonNode& one : TRY(TRY(node.get("processors")).list(kMaxSteps))) {
    SpecialFrame outer = TRY(read_post_processor(one));
    const bool is_first = frame.prefix.empty() && frame.suffix.empty() && !frame.pair;
    const bool does_something = !outer.prefix.empty() || !outer.suffix.empty() || outer.pair;
    if (does_something) frame.pair = is_first ? std::move(outer.pair) : std::nullopt;
    frame.prefix.insert(frame.prefix.begin(), outer.prefix.begin(), outer.prefix.end());
    frame.suffix.insert(frame.suffix.end(), outer.suffix.begin(), outer.suffix.end());
  }
  return frame;
}

}  // namespace hearth
