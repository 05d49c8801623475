#pragma once

#include "api/call/api_call.h"
#include "api/call/json.h"
#include "server/http/message.h"
#include "server/runs/services.h"

namespace hearth::server {

/// A request whose body has been parsed and whose model has been found.
struct BegunCall {
  ServedModelPtr model;  ///< that of `call`
  api::Json body;
  api::ApiCall call;
};

/// Errors: those of the JSON and of `Services::model`.
Result<BegunCall> begin_call(const HttpRequest& request, const Caller& caller, Services& services);

/// The same of a request that runs the model. Error besides: kUnsupported for a model that is for others.
Result<BegunCall> begin_call(const HttpRequest& request, const Caller& caller, Services& services, Task task);

/// A JSON response.
HttpResponse json_response(const api::Json& body, int status = 200);

}  // namespace hearth::server
