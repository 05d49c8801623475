#include "api/tokenize.h"
#include "server/http/route.h"
#include "server/runs/begin_call.h"

namespace hearth::server {
namespace {

Result<Outcome> apply_template(const HttpRequest& request, const Caller& caller, Services& services) {
  const BegunCall begun = TRY(begin_call(request, caller, services));
  return json_response(TRY(api::apply_template_json(begun.body, begun.call)));
}

}  // namespace

Route route_apply_template() { return {"POST", "/apply-template", Scope::kInference, apply_template}; }

}  // namespace hearth::server
