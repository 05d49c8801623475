#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "text/gotemplate/ast.h"
#include "text/jinja/value/runtime.h"

namespace hearth::gotemplate {

/// Runs a program, any number of times. Not thread-safe, used for one rendering.
class Evaluator {
 public:
  Evaluator(const Program& program, jinja::Runtime& runtime) : program_(program), runtime_(runtime) {}

  /// Appends what the template writes for `data`. With `until_response`, all that stands behind the first
  /// action that writes .Response is left out. Errors: kInvalidArgument, kResourceLimit.
  Status run(jinja::TextBuilder& out, const jinja::Value& data, bool until_response);

  /// The line of the innermost node that failed; 0 if none did.
  uint32_t error_line() const { return error_line_; }

 private:
  using Value = jinja::Value;
  enum class Flow : uint8_t { kNext, kBreak, kContinue };

  Result<Flow> execute(const Nodes& nodes, const Value& dot);
  Result<Flow> execute_one(const Node& node, const Value& dot);
  Result<Flow> execute_range(const Node& node, const Value& dot);
  Status call_template(const Node& node, const Value& dot);
  Result<Value> evaluate(const Pipeline& pipeline, const Value& dot);
  Result<Value> evaluate_commands(const Pipeline& pipeline, const Value& dot);
  Result<Value> evaluate(const Command& command, const Value& dot, const std::optional<Value>& last);
  Result<Value> evaluate(const Operand& operand, const Value& dot);
  Result<Value> evaluate_logical(const Command& command, const Value& dot, const std::optional<Value>& last);
  Status set_variables(const Pipeline& pipeline, const Value& value);
  Value* find_variable(std::string_view name);

  const Program& program_;
  jinja::Runtime& runtime_;
  jinja::TextBuilder* out_ = nullptr;
  std::vector<std::pair<std::string, Value>> variables_;
  uint32_t last_order_ = UINT32_MAX;  ///< nodes behind it are left out
  uint32_t error_line_ = 0;
};

}  // namespace hearth::gotemplate
