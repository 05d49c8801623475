#include "cli/arguments/value_kind.h"

namespace hearth::cli {

ValueKind<std::string> text(std::string type, size_t max_bytes) {
  const auto parse = [=](std::string_view value) -> Result<std::string> {
    if (value.size() <= max_bytes) return std::string(value);
    return fail_hint(ErrorCode::kInvalidArgument, fmt::format("give at most {} bytes", max_bytes),
                     "{} has {} bytes", quoted(value, 20), value.size());
  };
  return {std::move(type), "", parse, [](const std::string& value) { return value; }};
}

ValueKind<std::string> word(std::string type) {
  const auto parse = [type](std::string_view value) -> Result<std::string> {
    if (!value.empty()) return std::string(value);
    return fail_hint(ErrorCode::kInvalidArgument, fmt::format("give a {}, or leave it out", type),
                     "the value is empty");
  };
  return {std::move(type), "", parse, [](const std::string& value) { return value; }};
}

std::string either(const std::vector<std::string>& words) {
  std::string joined;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) joined += i + 1 == words.size() ? " or " : ", ";
    joined += words[i];
  }
  return joined;
}

ValueKind<std::string> choice(const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, std::string>> known;
  for (const std::string& name : names) known.emplace_back(name, name);
  return choice(known);
}

}  // namespace hearth::cli
