#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "text/jinja/syntax/ast.h"
#include "text/jinja/value/loop.h"
#include "text/jinja/value/runtime.h"

namespace hearth::jinja {

/// The variables of one call of a function: the template, a macro, a recursive loop, a loop's test.
class Activation final : public Object {
 public:
  Activation(size_t num_slots, Ref<Activation> outer)
      : Object(Type::kScope), slots(num_slots), enclosing(std::move(outer)) {}
  void break_cycles() override { slots.clear(); }

  std::vector<std::optional<Value>> slots;  ///< empty: not assigned
  const Ref<Activation> enclosing;
};

/// Runs a program once. Not thread-safe, used for one rendering.
class Evaluator {
 public:
  /// Gives what the rendering was called with, by name; nothing for an unknown name.
  using VariableLookup = std::function<Result<std::optional<Value>>(const std::string& name)>;

  Evaluator(const Program& program, Runtime& runtime) : program_(program), runtime_(runtime) {}

  Result<OriginString> run(const VariableLookup& lookup);

  /// The line of the innermost node that failed; 0 if none did.
  uint32_t error_line() const { return error_line_; }

 private:
  friend class FilteredItems;

  enum class Flow : uint8_t { kNext, kBreak, kContinue };

  // Statements
  Result<Flow> execute(const Body& body);
  Result<Flow> execute(const Statement& statement);
  Result<Flow> execute_node(const Statement& statement);
  Result<Flow> execute_if(const IfStatement& statement);
  Result<Flow> execute_for(const ForStatement& statement);
  Result<Flow> run_loop(const ForStatement& statement, const Value& iterable, int depth0, bool is_function);
  Result<Value> run_recursive_loop(const ForStatement& statement, const Ref<Activation>& enclosing,
                                   const Value& iterable, int depth0);
  Status execute_set(const SetStatement& statement);
  Result<Flow> execute_set_block(const SetBlockStatement& statement);
  Result<Flow> execute_filter_block(const FilterBlockStatement& statement);
  Result<Flow> execute_with(const WithStatement& statement);
  Status execute_call_block(const CallBlockStatement& statement);
  Value make_macro(const MacroStatement& statement);

  /// Runs a body and catches what it prints.
  Result<Flow> capture(const Body& body, std::optional<Value>& text);

  // Variables
  std::optional<Value>& variable(VariableRef ref);
  void enter(const Frame& frame);
  void leave(const Frame& frame);
  Status assign(const Target& target, Value value);
  Status check_namespaces(const Target& target);
  Result<Value> value_of(const Target& target);

  // Calls
  Result<Value> call(const Value& callee, Args& args);
  Result<Value> call_macro(const MacroObject& macro, Args& args);
  Status bind_macro(const MacroObject& macro, Args& args, Activation& activation);
  Status bind_rest(const MacroObject& macro, Args& args, Activation& activation);
  Result<Value> run_macro(const MacroStatement& statement, const Ref<Activation>& activation);

  // Expressions
  Result<Value> evaluate(const Expr& expr);
  Result<Value> evaluate_node(const Expr& expr);
  Result<Value> evaluate_name(const NameExpr& expr);
  Result<Value> evaluate_string(const StringExpr& expr);
  Result<Value> evaluate_items(const ItemsExpr& expr);
  Result<Value> evaluate_concat(const ItemsExpr& expr);
  Result<Value> evaluate_dict(const DictExpr& expr);
  Result<Value> evaluate_unary(const UnaryExpr& expr);
  Result<Value> evaluate_binary(const BinaryExpr& expr);
  Result<Value> evaluate_logical(const LogicalExpr& expr);
  Result<Value> evaluate_compare(const CompareExpr& expr);
  Result<Value> evaluate_conditional(const ConditionalExpr& expr);
  Result<Value> evaluate_subscript(const SubscriptExpr& expr);
  Result<Value> evaluate_slice(const SliceExpr& expr);
  Result<Value> evaluate_call(const CallExpr& expr, const Value* caller);
  Result<Value> evaluate_apply(const ApplyExpr& expr);
  Result<Args> evaluate_arguments(const CallArguments& arguments);
  Status add_keywords(Args& args, const Value& mapping);
  Result<bool> is_true(const Expr& expr);

  Status print(const Value& value);
  Status print_block(const Value& value);  ///< of a filter or call block, which must be a string

  const Program& program_;
  Runtime& runtime_;
  std::vector<std::optional<Value>> context_;  ///< by index of Program::context_names
  std::vector<std::optional<Value>> strings_;  ///< the program's literals, as they are met
  Ref<Activation> current_;
  TextBuilder* out_ = nullptr;
  const Value* caught_ = nullptr;  ///< what a filter or set block caught, while its filter runs
  int call_depth_ = 0;
  uint32_t error_line_ = 0;
};

}  // namespace hearth::jinja
