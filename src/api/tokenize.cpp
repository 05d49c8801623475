#include "api/tokenize.h"

#include <algorithm>

#include "api/call/logprobs.h"
#include "api/parameters/token_ids.h"
#include "api/prompt/chat_prompt.h"
#include "text/unicode/utf8.h"

namespace hearth::api {
namespace {

constexpr size_t kMaxText = size_t(32) << 20;

/// The first of `names` that is there.
Result<std::optional<bool>> either(ParameterReader& reader, std::initializer_list<std::string_view> names) {
  std::optional<bool> found;
  for (const std::string_view name : names) {
    const auto value = TRY(reader.boolean(name));
    if (!found) found = value;
  }
  return found;
}

/// llama.cpp's answer where pieces are asked for: what is no UTF-8 is given as bytes.
Json pieces_json(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  Json pieces = Json::array();
  for (const TokenId id : ids) {
    const std::string_view piece = tokenizer.piece(id, true);
    Json text = std::string(piece);
    if (sanitize_utf8(piece) != piece) {
      text = Json::array();
      for (const char c : piece) text.push_back(uint8_t(c));
    }
    pieces.push_back({{"id", id}, {"piece", std::move(text)}});
  }
  return pieces;
}

Json spans_json(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  Json spans = Json::array();
  size_t at = 0;
  for (const TokenId id : ids) {
    const size_t begin = at;
    at += tokenizer.token_bytes(id).size();
    spans.push_back({{"id", id}, {"text", token_text(tokenizer, id)}, {"start", begin}, {"stop", at}});
  }
  return spans;
}

struct TokenizeOptions {
  std::optional<bool> add_special, parse_special;
  bool with_pieces = false, with_texts = false;
};

Result<std::vector<TokenId>> encode_named(ParameterReader& reader, std::string_view name, const ApiCall& call,
                                          Tokenizer::EncodeOptions options) {
  const auto text = TRY(reader.text(name, kMaxText));
  return call.model->tokenizer->encode(text.value_or(""), options, call.gone);
}

Result<std::vector<TokenId>> encode_body(ParameterReader& reader, const ApiCall& call,
                                         const TokenizeOptions& options) {
  if (reader.find("messages") != nullptr) {
    const ChatPrompt prompt = TRY(read_chat_prompt(reader, *call.model->chat_template));
    return encode_chat(prompt, call);
  }
  // Each name with the defaults of the server that it comes from.
  if (reader.find("content") != nullptr) {
    return encode_named(reader, "content", call,
                        {options.add_special.value_or(false), options.parse_special.value_or(true)});
  }
  for (const std::string_view name : {"prompt", "inputs"}) {
    if (reader.find(name) == nullptr) continue;
    return encode_named(reader, name, call,
                        {options.add_special.value_or(true), options.parse_special.value_or(false)});
  }
  return fail_hint(ErrorCode::kInvalidArgument, "give content, prompt, inputs or messages",
                   "content: there is no text");
}

}  // namespace

Result<Json> tokenize_json(const Json& body, const ApiCall& call) {
  auto reader = TRY(ParameterReader::of(body));
  reader.find("model");
  TokenizeOptions options;
  options.add_special = TRY(either(reader, {"add_special", "add_special_tokens"}));
  options.parse_special = TRY(reader.boolean("parse_special"));
  options.with_pieces = TRY(reader.boolean("with_pieces")).value_or(false);
  options.with_texts = TRY(reader.boolean("return_token_strs")).value_or(false);
  const bool has_inputs = reader.find("inputs") != nullptr;
  const Tokenizer& tokenizer = *call.model->tokenizer;
  const auto ids = TRY(encode_body(reader, call, options));
  TRY(reader.finish());
  if (has_inputs) return spans_json(tokenizer, ids);
  Json answer = {{"tokens", options.with_pieces ? pieces_json(tokenizer, ids) : Json(ids)},
                 {"count", ids.size()},
                 {"max_model_len", call.model->context}};
  if (options.with_texts) {
    Json texts = Json::array();
    for (const TokenId id : ids) texts.push_back(token_text(tokenizer, id));
    answer["token_strs"] = std::move(texts);
  }
  return answer;
}

Result<Json> detokenize_json(const Json& body, const ApiCall& call) {
  auto reader = TRY(ParameterReader::of(body));
  reader.find("model");
  const Tokenizer& tokenizer = *call.model->tokenizer;
  const auto ids = TRY(read_token_ids(*TRY(reader.require("tokens")), "tokens", tokenizer.vocab()));
  TRY(reader.finish());
  const std::string text = sanitize_utf8(tokenizer.decode(ids, true));
  return Json{{"content", text}, {"prompt", text}};
}

Result<Json> apply_template_json(const Json& body, const ApiCall& call) {
  auto reader = TRY(ParameterReader::of(body));
  reader.find("model");
  const ChatPrompt prompt = TRY(read_chat_prompt(reader, *call.model->chat_template));
  TRY(reader.finish());
  return Json{{"prompt", sanitize_utf8(TRY(render_chat(prompt, call)).text())}};
}

Json tokenizer_info_json(const ApiModel& model) {
  const Tokenizer& tokenizer = *model.tokenizer;
  const Vocab& vocab = tokenizer.vocab();
  const auto text = [&](std::optional<TokenId> id) -> Json {
    return id ? Json(token_text(tokenizer, *id)) : Json(nullptr);
  };
  return {
      {"tokenizer_class", vocab.model()},  {"vocab_size", vocab.size()},
      {"model_max_length", model.context}, {"bos_token", text(vocab.bos_id())},
      {"eos_token", text(vocab.eos_id())}, {"pad_token", text(vocab.pad_id())},
      {"unk_token", text(vocab.unk_id())}, {"add_bos_token", vocab.add_bos()},
      {"add_eos_token", vocab.add_eos()},  {"chat_template", sanitize_utf8(model.chat_template->source())}};
}

}  // namespace hearth::api
