#include "api/dialects/ollama.h"
#include "api/ollama/chat.h"
#include "server/ollama/begin.h"

namespace hearth::server {
namespace {

Result<Outcome> chat(const HttpRequest& request, const Caller& caller, Services& services) {
  return answer_ollama(api::OllamaCall::Kind::kChat, api::make_ollama_chat, request, caller, services);
}

}  // namespace

Route route_ollama_chat() { return {"POST", "/api/chat", Scope::kInference, api::dialect_ollama(), chat}; }

}  // namespace hearth::server
