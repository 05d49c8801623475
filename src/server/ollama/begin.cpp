#include "server/ollama/begin.h"

#include "api/call/api_error.h"
#include "api/call/model_task.h"
#include "api/call/request_body.h"
#include "api/openai/models.h"
#include "base/printable.h"

namespace hearth::server {
namespace {

/// The name in single quotes, as Ollama writes it.
std::string named(const std::string& model) {
  std::string text = quoted(model, 200);
  text.front() = text.back() = '\'';
  return text;
}

std::string_view what_it_does(api::OllamaCall::Kind kind) {
  return kind == api::OllamaCall::Kind::kChat ? "chat" : "generate";
}

/// A request to unload a model, which is not loaded for that. Nothing where it asks for something else.
Result<std::optional<HttpResponse>> unload_if_asked(api::OllamaCall::Kind kind, const HttpRequest& request,
                                                    Services& services) {
  if (request.body.find("\"keep_alive\"") == std::string::npos) return std::nullopt;
  const api::Json body = TRY(api::parse_request(request.body));
  if (!TRY(api::read_model_wish(body, kind)).unloads()) return std::nullopt;
  const std::string name = TRY(api::requested_model(body));
  if (name.empty()) return fail(ErrorCode::kInvalidArgument, "model is required");
  if (const auto unloaded = services.models().unload(name); !unloaded) {
    if (unloaded.error().code != ErrorCode::kNotFound) return std::unexpected(unloaded.error());
    return fail(ErrorCode::kNotFound, "model {} not found", named(name));
  }
  return json_response(api::ollama_idle_body(kind, name, "unload"));
}

}  // namespace

Result<BegunCall> begin_ollama_call(const HttpRequest& request, const Caller& caller, Services& services) {
  if (request.body.find_first_not_of(" \t\r\n") == std::string::npos) {
    return fail(ErrorCode::kInvalidArgument, "missing request body");
  }
  auto begun = begin_call(request, caller, services);
  if (!begun) {
    const bool no_model =
        begun.error().code == ErrorCode::kNotFound && api::parameter_of(begun.error()) == "model";
    if (!no_model) return begun;
    const auto name = TRY(api::requested_model(TRY(api::parse_request(request.body))));
    return fail(ErrorCode::kNotFound, "model {} not found", named(name));
  }
  if (TRY(api::requested_model(begun->body)).empty()) {
    return fail(ErrorCode::kInvalidArgument, "model is required");
  }
  return begun;
}

Result<Outcome> answer_ollama(api::OllamaCall::Kind kind, MakeOllamaExchange make, const HttpRequest& request,
                              const Caller& caller, Services& services) {
  if (auto response = TRY(unload_if_asked(kind, request, services))) return *std::move(response);
  BegunCall begun = TRY(begin_ollama_call(request, caller, services));
  const api::OllamaModelWish wish = TRY(api::read_model_wish(begun.body, kind));
  if (!api::check_task(*begun.call.model, Task::kGenerate)) {
    return fail(ErrorCode::kUnsupported, "{} does not support {}",
                quoted(api::asked_model(begun.body, begun.call), 200), what_it_does(kind));
  }
  if (wish.keep_alive) begun.model->set_keep_alive(*wish.keep_alive);
  if (wish.is_idle) {
    return json_response(api::ollama_idle_body(kind, api::asked_model(begun.body, begun.call), "load"));
  }
  auto exchange = TRY(make(std::move(begun.body), begun.call));
  return ModelCall{std::move(begun.model), std::move(exchange)};
}

Result<Outcome> answer_ollama_embedding(MakeOllamaEmbedding make, const HttpRequest& request,
                                        const Caller& caller, Services& services) {
  BegunCall begun = TRY(begin_ollama_call(request, caller, services));
  if (!api::check_task(*begun.call.model, Task::kEmbed)) {
    return fail(ErrorCode::kUnsupported, "{} does not support embeddings",
                quoted(api::asked_model(begun.body, begun.call), 200));
  }
  const api::OllamaModelWish wish = TRY(api::read_model_wish(begun.body, api::OllamaCall::Kind::kGenerate));
  if (wish.keep_alive) begun.model->set_keep_alive(*wish.keep_alive);
  api::OllamaEmbedding made = TRY(make(std::move(begun.body), begun.call));
  if (const auto* body = std::get_if<api::Json>(&made)) return json_response(*body);
  return ModelCall{std::move(begun.model), std::move(std::get<std::unique_ptr<api::Exchange>>(made))};
}

}  // namespace hearth::server
