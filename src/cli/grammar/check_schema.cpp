#include "cli/grammar/check_schema.h"

#include <memory>

#include "base/file.h"
#include "base/printable.h"
#include "cli/terminal.h"
#include "grammar/check_text.h"
#include "grammar/json/compile_json_schema.h"

namespace hearth::cli {

namespace {

constexpr size_t kMaxInstancesSize = size_t(1) << 30;
constexpr uint64_t kFuel = 100'000'000;  // of an instance

/// What is said of an instance, and whether it is right.
std::pair<std::string, bool> judge(const grammar::Grammar& schema, std::string_view text) {
  const auto automaton = schema.make_automaton();
  automaton->fuel() = {kFuel, false};
  const grammar::TextCheck check = grammar::check_text(*automaton, text);
  if (check.out_of_fuel) return {"unknown: it takes too much work", false};
  if (check.accepted) return {"right", true};
  const std::string rest =
      check.num_good == text.size() ? "the end" : quoted(text.substr(check.num_good), 20);
  return {fmt::format("wrong at byte {}: {}; allowed: {}", check.num_good, rest,
                      grammar::describe_bytes(check.allowed)),
          false};
}

}  // namespace

Status check_schema(const CheckSchemaOptions& options) {
  const grammar::Limits limits;
  std::string text = TRY(read_file(options.schema, limits.max_source_size));
  grammar::SchemaOptions how;
  how.form = {grammar::JsonForm::Order::kAny, grammar::JsonForm::Whitespace::kAny};
  how.reading.tolerant = !options.strict;
  const auto schema = TRY(grammar::compile_json_schema(std::move(text), how, limits));
  for (const std::string& warning : schema->warnings()) print_out("warning: {}\n", warning);
  if (schema->warnings().empty()) print_out("the schema is read exactly\n");
  const auto automaton = schema->make_automaton();
  automaton->fuel() = {kFuel, false};
  if (!grammar::has_beginning(*automaton)) {
    return fail_hint(ErrorCode::kInvalidArgument, "what it asks for excludes each other, or it is `false`",
                     "{}: no value is allowed", options.schema);
  }
  if (options.instances.empty()) return {};

  const std::string instances = TRY(read_file(options.instances, kMaxInstancesSize));
  size_t line = 0, num_right = 0, num_all = 0;
  for (std::string_view rest = instances; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    ++line;
    if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto [said, right] = judge(*schema, one);
    print_out("{}: {}\n", line, said);
    ++num_all;
    num_right += right ? 1 : 0;
  }
  if (num_right == num_all) return {};
  return fail_hint(ErrorCode::kInvalidArgument, "each line says where it goes wrong",
                   "{} of {} instances are not of the schema", num_all - num_right, num_all);
}

}  // namespace hearth::cli
