#include "grammar/schema/schema_error.h"

#include <utility>

#include <fmt/format.h>

namespace hearth::grammar {

namespace {

constexpr std::string_view kStart = "JSON schema, \"";

}  // namespace

Error at_keyword(Error error, std::string_view keyword, std::string_view place) {
  error.message = fmt::format("{}{}\" at {}: {}", kStart, keyword, place, error.message);
  return error;
}

std::string_view keyword_of(const Error& error) {
  std::string_view rest = error.message;
  if (!rest.starts_with(kStart)) return {};
  rest.remove_prefix(kStart.size());
  return rest.substr(0, rest.find('"'));
}

}  // namespace hearth::grammar
