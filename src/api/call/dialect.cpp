#include "api/call/dialect.h"

namespace hearth::api {

StreamFrame error_frame(const Dialect& dialect, const ApiError& error) {
  return {std::string(dialect.error_event), dump_json(dialect.error_body(error, {}))};
}

}  // namespace hearth::api
