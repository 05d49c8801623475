#include "api/tokenize.h"

#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> tokenize(const HttpRequest& request, const Caller& caller, Services& services) {
  const BegunCall begun = TRY(begin_call(request, caller, services));
  return json_response(TRY(api::tokenize_json(begun.body, begun.call)));
}

}  // namespace

Route route_tokenize() { return {"POST", "/tokenize", Scope::kInference, tokenize}; }

}  // namespace hearth::server
