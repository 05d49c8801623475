#include "api/dialects/ollama.h"
#include "api/parameters/parameter_reader.h"
#include "base/printable.h"
#include "server/ollama/manage.h"

namespace hearth::server {
namespace {

Result<Outcome> copy(const HttpRequest& request, const Caller&, Services& services) {
  const api::Json body = TRY(read_ollama_body(request));
  auto reader = TRY(api::ParameterReader::of(body));
  const std::string source = TRY(reader.text("source")).value_or("");
  const std::string destination = TRY(reader.text("destination")).value_or("");
  const ModelName from = TRY(parse_model_name(source, "source"));
  const ModelName to = TRY(parse_model_name(destination, "destination"));
  ModelStore& store = *TRY(store_of(services));
  const Status copied = store.copy(from, to);
  if (!copied && copied.error().code == ErrorCode::kNotFound) return std::unexpected(model_not_found(source));
  TRY(copied);
  return HttpResponse{.content_type = "text/plain"};
}

}  // namespace

Route route_ollama_copy() { return {"POST", "/api/copy", Scope::kManage, api::dialect_ollama(), copy}; }

}  // namespace hearth::server
