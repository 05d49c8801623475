#include "api/dialects/ollama.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

/// The release of Ollama whose API this is: its clients refuse servers that are older than what they need.
constexpr std::string_view kApiVersion = "0.33.0";

Result<Outcome> version(const HttpRequest&, const Caller&, Services&) {
  return json_response({{"version", kApiVersion}});
}

}  // namespace

Route route_ollama_version() {
  return {"GET", "/api/version", Scope::kPublic, api::dialect_ollama(), version};
}

}  // namespace hearth::server
