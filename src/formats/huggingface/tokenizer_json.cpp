#include "formats/huggingface/tokenizer_json.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "formats/huggingface/json_keys.h"
#include "formats/huggingface/json_node.h"
#include "formats/huggingface/token_table.h"
#include "formats/huggingface/tokenizer_model_json.h"
#include "formats/huggingface/tokenizer_steps.h"
#include "formats/model/config_keys.h"

namespace hearth {
namespace {

constexpr const char* kFile = "tokenizer.json";
constexpr size_t kMaxAddedTokens = 1 << 20;
constexpr uint64_t kMaxId = (1 << 20) - 1;

Result<AddedToken> read_added_token(const JsonNode& node) {
  AddedToken token;
  token.content = TRY(TRY(node.get("content")).text());
  token.id = TokenId(TRY(TRY(node.get("id")).number(kMaxId)));
  token.special = TRY(node.flag("special", false));
  token.lstrip = TRY(node.flag("lstrip", false));
  token.rstrip = TRY(node.flag("rstrip", false));
  token.single_word = TRY(node.flag("single_word", false));
  token.normalized = TRY(node.flag("normalized", !token.special));
  return token;
}

/// Adds to the table what the model does not have, and says of all what they are.
Status read_added_tokens(const JsonNode& list, TokenTable& table, VocabData& data) {
  std::unordered_map<std::string, size_t> known_ids;
  for (size_t id = 0; id < table.size(); ++id) {
    if (table.has(id)) known_ids.emplace(table.text(id), id);
  }
  for (const JsonNode& node : TRY(list.list(kMaxAddedTokens))) {
    AddedToken token = TRY(read_added_token(node));
    if (token.content.empty()) continue;
    const auto known = known_ids.find(token.content);
    if (known == known_ids.end()) {
      const TokenType type = token.special ? TokenType::kControl : TokenType::kUserDefined;
      TRY(table.add(token.content, uint64_t(token.id), type));
      known_ids.emplace(token.content, size_t(token.id));
    } else {
      token.id = TokenId(known->second);
      if (token.special) table.set_type(known->second, TokenType::kControl);
    }
    data.spec->added_tokens.push_back(std::move(token));
  }
  return {};
}

template <typename Read>
auto read_part(const JsonNode& file, std::string_view key, Read read) -> decltype(read(file)) {
  const std::optional<JsonNode> node = file.find(key);
  if (!node) return {};
  return read(*node);
}

Status check_ids(const std::vector<TokenId>& ids, const TokenTable& table, const std::string& file) {
  for (const TokenId id : ids) {
    if (table.has(size_t(id))) continue;
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "{}: post_processor names the id {}, which no token has", file, id);
  }
  return {};
}

}  // namespace

Result<VocabData> parse_tokenizer_json(std::string_view text) {
  const nlohmann::json json = TRY(parse_json_object(text, kFile));
  return read_tokenizer_json(json, kFile);
}

Result<VocabData> read_tokenizer_json(const nlohmann::json& json, const std::string& file_name) {
  const JsonNode file(json, file_name + ": ");
  VocabData data;
  TokenizerSpec& spec = data.spec.emplace();
  TokenTable table(file_name);
  TRY(read_token_model(TRY(file.get("model")), table, data));
  if (const auto added = file.find("added_tokens")) TRY(read_added_tokens(*added, table, data));
  if (data.unk_id) table.set_type(size_t(*data.unk_id), TokenType::kUnknown);
  spec.normalizer = TRY(read_part(file, "normalizer", read_normalizer));
  spec.pre_tokenizer = TRY(read_part(file, "pre_tokenizer", read_pre_tokenizer));
  spec.decoder = TRY(read_part(file, "decoder", read_decoder));
  if (!file.find("decoder")) spec.decoder.push_back({.kind = DecoderStep::Kind::kJoinSpaces});
  SpecialFrame frame = TRY(read_part(file, "post_processor", read_post_processor));
  TRY(check_ids(frame.prefix, table, file_name));
  TRY(check_ids(frame.suffix, table, file_name));
  if (frame.pair) {
    for (const auto* tokens : {&frame.pair->prefix, &frame.pair->middle, &frame.pair->suffix}) {
      for (const FrameToken& token : *tokens) TRY(check_ids({token.id}, table, file_name));
    }
  }
  spec.prefix = std::move(frame.prefix);
  spec.suffix = std::move(frame.suffix);
  spec.pair = std::move(frame.pair);
  TRY(table.move_to(data));
  if (!data.scores.empty()) data.scores.resize(data.tokens.size());
  return data;
}

}  // namespace hearth
