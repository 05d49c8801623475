#pragma once

#include <functional>
#include <memory>

#include "api/call/api_call.h"
#include "api/call/exchange.h"
#include "api/call/json.h"
#include "api/parameters/parameters.h"

namespace hearth::api {

/// What /v1/responses remembers from one call to the next.
struct ResponseMemory {
  /// The messages up to and including an earlier response. Error: kNotFound.
  std::function<Result<Json>(const std::string& id)> recall;
  /// Called once where the response is to be stored, when it has ended: its body, and the messages up to and
  /// with it. False: it is not stored, which its body then says. May be called on any thread.
  std::function<bool(const Json& body, const Json& messages)> keep;
};

/// A call of /v1/responses that is ready to run.
struct ResponseCall {
  std::unique_ptr<Exchange> exchange;
  bool background = false;  ///< runs on its own; `queued` is the response for now
  Json queued;              ///< the body before anything ran
};

/// POST /v1/responses. Errors: kInvalidArgument and kUnsupported naming the parameter, kContextOverflow,
/// those of `recall`. The model must outlive the exchange.
ParameterList response_parameters();
Result<ResponseCall> make_response(const Json& body, const ApiCall& call, ResponseMemory memory);

}  // namespace hearth::api
