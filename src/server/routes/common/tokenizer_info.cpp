#include "api/tokenize.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> tokenizer_info(const HttpRequest& request, const Caller&, Services& services) {
  const auto named = request.query.find("model");
  const ServedModelPtr model =
      TRY(services.model(request, named == request.query.end() ? std::string_view() : named->second));
  return json_response(api::tokenizer_info_json(model->api()));
}

}  // namespace

Route route_tokenizer_info() { return {"GET", "/tokenizer_info", Scope::kInference, tokenizer_info}; }

}  // namespace hearth::server
