#include "api/tokenize.h"

#include <algorithm>

#include "api/call/logprobs.h"
#include "api/parameters/token_ids.h"
#include "api/prompt/chat_prompt.h"
#include "text/unicode/utf8.h"

namespace hearth::api {
namespace {

/// The first of `names` that is there.
std::optional<bool> either(Parameters& parameters, std::initializer_list<std::string_view> names) {
  std::optional<bool> found;
  for (const std::string_view name : names) {
    const auto value = parameters.boolean(name);
    if (!found) found = value;
  }
  return found;
}

/// llama.cpp's response where pieces are asked for: what is not UTF-8 is given as bytes.
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

constexpr Schema kText = Schema::text(0);

constexpr Parameter kTokenize[] = {
    {"messages", kChatMessages, "The prompt of a conversation; what steers the template goes with it."},
    {"content", kText, "Without bos; control tokens are parsed."},
    {"prompt", kText, "With bos where the vocabulary asks for it."},
    {"inputs", kText, "Gives a list of tokens with their places."},
    {"add_special", Schema::boolean(), "Whether bos stands in front; depends on what is given."},
    {"add_special_tokens", Schema::boolean(), "The same as add_special."},
    {"parse_special", Schema::boolean(),
     "Whether the spelling of a control token becomes that token; depends on what is given."},
    {"with_pieces", Schema::boolean(), "Adds the text of each token.", "false"},
    {"return_token_strs", Schema::boolean(), "Adds the texts of all tokens.", "false"},
};

constexpr Schema kTokenId = Schema::token_id();
constexpr Parameter kDetokenize[] = {
    {.name = "tokens",
     .schema = Schema::array(kTokenId, 0),
     .description = "What is spelt out.",
     .required = true},
};

constexpr std::string_view kTexts[] = {"messages", "content", "prompt", "inputs"};

/// What steers a template says nothing where there is no conversation.
Status refuse_template_parameters(Parameters& parameters) {
  for (const Parameter* parameter : template_parameters().all()) {
    if (parameters.find(parameter->name) == nullptr) continue;
    return fail(ErrorCode::kInvalidArgument, "{}: needs messages", parameter->name);
  }
  return {};
}

/// The one text that is given, each name with the defaults of the server that it comes from.
Result<std::vector<TokenId>> encode_body(Parameters& parameters, const ApiCall& call,
                                         const TokenizeOptions& options) {
  std::string_view given;
  for (const std::string_view name : kTexts) {
    if (parameters.find(name) == nullptr) continue;
    if (!given.empty())
      return fail(ErrorCode::kInvalidArgument, "{}: cannot be given beside {}", name, given);
    given = name;
  }
  if (given == "messages") {
    const ChatPrompt prompt = TRY(read_chat_prompt(parameters, *call.model));
    return TRY(encode_chat(prompt, call)).take_tokens();
  }
  TRY(refuse_template_parameters(parameters));
  if (given.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give content, prompt, inputs or messages",
                     "content: there is no text");
  }
  const bool is_content = given == "content";
  return call.model->tokenizer->encode(
      *parameters.text(given),
      {options.add_special.value_or(!is_content), options.parse_special.value_or(is_content)}, call.gone);
}

}  // namespace

ParameterList tokenize_parameters() {
  ParameterList list = {kModelName, kTokenize};
  list.add(template_parameters());
  return list;
}

std::span<const std::string_view> tokenize_texts() { return kTexts; }

ParameterList detokenize_parameters() { return {kModelName, kDetokenize}; }

ParameterList apply_template_parameters() {
  ParameterList list = {kModelName, kNeededMessages};
  list.add(template_parameters());
  return list;
}

Result<Json> tokenize_json(const Json& body, const ApiCall& call) {
  auto parameters = TRY(Parameters::check(body, tokenize_parameters(), call));
  TokenizeOptions options;
  options.add_special = either(parameters, {"add_special", "add_special_tokens"});
  options.parse_special = parameters.boolean("parse_special");
  options.with_pieces = parameters.flag("with_pieces");
  options.with_texts = parameters.flag("return_token_strs");
  const bool has_inputs = parameters.find("inputs") != nullptr;
  const Tokenizer& tokenizer = *call.model->tokenizer;
  const auto ids = TRY(encode_body(parameters, call, options));
  parameters.finish();
  if (has_inputs) return spans_json(tokenizer, ids);
  Json response = {{"tokens", options.with_pieces ? pieces_json(tokenizer, ids) : Json(ids)},
                   {"count", ids.size()},
                   {"max_model_len", call.model->context}};
  if (options.with_texts) {
    Json texts = Json::array();
    for (const TokenId id : ids) texts.push_back(token_text(tokenizer, id));
    response["token_strs"] = std::move(texts);
  }
  return response;
}

Result<Json> detokenize_json(const Json& body, const ApiCall& call) {
  auto parameters = TRY(Parameters::check(body, detokenize_parameters(), call));
  const Tokenizer& tokenizer = *call.model->tokenizer;
  const auto ids = read_token_ids(*parameters.find("tokens"));
  const std::string text = sanitize_utf8(tokenizer.decode(ids, true));
  return Json{{"content", text}, {"prompt", text}};
}

Result<Json> apply_template_json(const Json& body, const ApiCall& call) {
  auto parameters = TRY(Parameters::check(body, apply_template_parameters(), call));
  const ChatPrompt prompt = TRY(read_chat_prompt(parameters, *call.model));
  parameters.finish();
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
