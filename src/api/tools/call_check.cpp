#include "api/tools/call_check.h"

#include <algorithm>
#include <optional>

#include "grammar/check_text.h"
#include "grammar/json/compile_json_schema.h"

namespace hearth::api {
namespace {

// About 25 ms for a schema, and as much for the arguments: others wait for it.
constexpr uint64_t kFuel = 500'000;

/// Where the arguments leave the schema.
std::optional<size_t> first_fault(const Tool& tool, std::string_view arguments) {
  grammar::SchemaOptions options;
  options.form = {grammar::JsonForm::Order::kAny, grammar::JsonForm::Whitespace::kAny};
  options.reading.tolerant = true;
  grammar::Limits limits;
  limits.compile_fuel = kFuel;
  const auto schema = grammar::compile_json_schema(dump_json(tool.parameters), options, limits);
  if (!schema) return std::nullopt;
  const auto automaton = (*schema)->make_automaton();
  automaton->fuel() = {kFuel, false};
  const grammar::TextCheck check = grammar::check_text(*automaton, arguments);
  if (check.out_of_fuel || check.accepted) return std::nullopt;
  return check.num_good;
}

}  // namespace

Choices::Check argument_check(const ToolRequest& request) {
  const bool is_free = request.offers() && request.mode == ToolRequest::Mode::kAuto &&
                       std::ranges::none_of(request.tools->all(), &Tool::strict);
  if (!is_free) return {};
  return [tools = request.tools](const Choice& choice) {
    std::vector<std::string> warnings;
    // What is no whole object shows by its finish_reason.
    if (!calls_tools(choice)) return warnings;
    for (const ToolCall& call : choice.tool_calls) {
      const Tool* tool = tools->find(call.name);
      if (tool == nullptr) continue;
      const auto fault = first_fault(*tool, call.arguments.empty() ? "{}" : call.arguments);
      if (!fault) continue;
      warnings.push_back(fmt::format("tools: {} ({}): the arguments are not of its schema, from byte {} on",
                                     call.id, call.name, *fault));
    }
    return warnings;
  };
}

}  // namespace hearth::api
