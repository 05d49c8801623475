#include "api/call/exchange.h"

namespace hearth::api {

StreamFrame Exchange::error_frame(const ApiError& error) const {
  return hearth::api::error_frame(dialect(), error);
}

}  // namespace hearth::api
