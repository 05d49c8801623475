// The body of a request: the first byte chooses the endpoint, the rest is the JSON. What is understood is
// answered with a made-up token, whole and streamed; what is written must be JSON.

#include <cstdint>
#include <string>

#include "api/anthropic/messages.h"
#include "api/call/dialect.h"
#include "api/call/request_body.h"
#include "api/ollama/chat.h"
#include "api/ollama/embed.h"
#include "api/ollama/generate.h"
#include "api/ollama/request.h"
#include "api/openai/chat.h"
#include "api/openai/completions.h"
#include "api/openai/embeddings.h"
#include "api/openai/rerank.h"
#include "api/openai/responses.h"
#include "api/openai/score.h"
#include "api/tokenize.h"
#include "base/check.h"
#include "text/unicode/byte_alphabet.h"
#include "text/unicode/utf8.h"

namespace {

using namespace hearth;

/// Every byte is a token; behind them the two control tokens of ChatML.
Tokenizer make_tokenizer() {
  VocabData data;
  data.model = "gpt2";
  data.pre = "smollm";
  for (int byte = 0; byte < 256; ++byte)
    append_utf8(data.tokens.emplace_back(), alphabet_code_point(uint8_t(byte)));
  data.token_types.assign(256, TokenType::kNormal);
  for (const char* control : {"<|im_start|>", "<|im_end|>"}) {
    data.tokens.push_back(control);
    data.token_types.push_back(TokenType::kControl);
  }
  data.eos_id = 257;
  auto tokenizer = Tokenizer::create(std::move(data));
  CHECK(tokenizer.has_value());
  return std::move(*tokenizer);
}

struct Fixture {
  Fixture()
      : tokenizer(make_tokenizer()),
        chat_template(*ChatTemplate::parse(std::string(default_chat_template()))) {
    model.id = "tiny";
    model.context = 4096;
    model.hidden_size = 2;
    model.tokenizer = &tokenizer;
    model.chat_template = &chat_template;
    call.model = &model;
  }
  Tokenizer tokenizer;
  ChatTemplate chat_template;
  api::ApiModel model;
  api::ApiCall call;
};

void check_json(const std::string& text) { CHECK(api::Json::accept(text)); }

void check_error(const Error& error) {
  CHECK(!error.message.empty() && api::http_status(error) < 500);
  for (const api::Dialect* dialect : api::all_dialects()) {
    check_json(api::dump_json(dialect->error_body(api::api_error(error), "req_1")));
  }
}

void check_frames(const std::vector<api::StreamFrame>& frames) {
  for (const api::StreamFrame& frame : frames) check_json(frame.data);
}

void play(api::Exchange& exchange, const Fixture& fixture) {
  const auto requests = exchange.take_requests();
  CHECK(!requests.empty());
  check_frames(exchange.begin());
  for (size_t i = 0; i < requests.size(); ++i) {
    const GenerateRequest& request = requests[i];
    CHECK(!request.prompt.empty() &&
          request.prompt.size() + size_t(request.max_tokens != size_t{0}) <= fixture.model.context);
    CHECK(validate(request.sampling, fixture.tokenizer.vocab().size()).has_value());
    api::ChoiceEvent event{
        .choice = i, .parts = {{.text = "\xc3\xa9"}}, .tokens = {}, .result = GenerateResult{}};
    event.tokens.push_back({.id = 0xc3, .logprob = -1.0f, .top_logprobs = {{0xc3, -1.0f}}});
    if (request.prompt_logprobs >= 0) event.prompt_logprobs.assign(request.prompt.size(), event.tokens[0]);
    if (request.task == Task::kEmbed) event.result->embedding = {1.0f, 0.0f};
    if (request.task == Task::kScore) event.result->scores = {0.5f};
    check_frames(exchange.accept(event));
  }
  const auto body = exchange.body();
  CHECK(body.has_value());
  check_json(api::dump_json(*body));
}

void check_made(Result<std::unique_ptr<api::Exchange>> made, const Fixture& fixture) {
  if (!made) return check_error(made.error());
  play(**made, fixture);
}

void check_embedding(Result<api::OllamaEmbedding> made, const Fixture& fixture) {
  if (!made) return check_error(made.error());
  if (const auto* body = std::get_if<api::Json>(&*made)) return check_json(api::dump_json(*body));
  play(*std::get<std::unique_ptr<api::Exchange>>(*made), fixture);
}

void check_answer(const Result<api::Json>& answer) {
  if (!answer) return check_error(answer.error());
  check_json(api::dump_json(*answer));
}

void check_response(const api::Json& body, const Fixture& fixture) {
  const api::ResponseMemory memory = {
      .recall = [](const std::string&) -> Result<api::Json> { return api::Json::array(); },
      .keep =
          [](const api::Json& kept, const api::Json& messages) {
            CHECK(kept.is_object() && messages.is_array());
            return true;
          }};
  auto made = api::make_response(body, fixture.call, memory);
  if (!made) return check_error(made.error());
  play(*made->exchange, fixture);
}

/// No text of a completion's prompt may become a control token, but where that is asked for.
void check_origin(const api::Json& body, const Fixture& fixture) {
  if (!body.is_object() || !body.contains("prompt") || body.contains("parse_special")) return;
  if (!body["prompt"].is_string()) return;
  const auto made = api::make_completion(body, fixture.call);
  if (!made) return;
  const auto requests = (*made)->take_requests();
  for (const TokenId id : requests[0].prompt.tokens()) CHECK(!fixture.tokenizer.is_control(id));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Fixture fixture;
  if (size == 0) return 0;
  const auto body = api::parse_request({reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!body) {
    CHECK(!body.error().message.empty());
    return 0;
  }
  switch (data[0]) {
    case 'c':
      check_origin(*body, fixture);
      check_made(api::make_completion(*body, fixture.call), fixture);
      break;
    case 'h':
      check_made(api::make_chat_completion(*body, fixture.call), fixture);
      break;
    case 'e':
      check_made(api::make_embedding(*body, fixture.call), fixture);
      check_made(api::make_rerank(*body, fixture.call), fixture);
      check_made(api::make_score(*body, fixture.call), fixture);
      break;
    case 'm':
      check_made(api::make_anthropic_message(*body, fixture.call), fixture);
      break;
    case 'o':
      (void)api::read_model_wish(*body, api::OllamaCall::Kind::kChat);
      check_made(api::make_ollama_chat(*body, fixture.call), fixture);
      break;
    case 'g':
      check_made(api::make_ollama_generate(*body, fixture.call), fixture);
      break;
    case 'b':
      check_embedding(api::make_ollama_embed(*body, fixture.call), fixture);
      check_embedding(api::make_ollama_embeddings(*body, fixture.call), fixture);
      break;
    case 'n':
      check_answer(api::count_anthropic_tokens(*body, fixture.call));
      break;
    case 'r':
      check_response(*body, fixture);
      break;
    case 't':
      check_answer(api::tokenize_json(*body, fixture.call));
      break;
    case 'd':
      check_answer(api::detokenize_json(*body, fixture.call));
      break;
    default:
      check_answer(api::apply_template_json(*body, fixture.call));
      break;
  }
  return 0;
}
