#include "api/parameters/header_parameters.h"

#include <charconv>

namespace hearth::api {

Result<int64_t> read_integer(const Parameter& parameter, std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_integer = error == std::errc() && end == text.data() + text.size();
  TRY(check_value(parameter.schema, is_integer ? Json(number) : Json(text), std::string(parameter.name), 0));
  return number;
}

}  // namespace hearth::api
