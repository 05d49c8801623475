#include "text/gotemplate/evaluator.h"

#include <algorithm>

#include "text/gotemplate/functions.h"

namespace hearth::gotemplate {

using jinja::StackScope;
using jinja::Type;
using jinja::Value;

Status Evaluator::run(jinja::TextBuilder& out, const Value& data, bool until_response) {
  out_ = &out;
  last_order_ = until_response && program_.response_order > 0 ? program_.response_order : UINT32_MAX;
  variables_ = {{"$", data}};
  TRY(execute(program_.templates.find("")->second, data));
  return {};
}

Result<Evaluator::Flow> Evaluator::execute(const Nodes& nodes, const Value& dot) {
  const StackScope scope(runtime_);
  TRY(scope.check());
  for (const Node& node : nodes) {
    if (node.order > last_order_) break;
    TRY(runtime_.spend(1));
    auto flow = execute_one(node, dot);
    if (!flow && error_line_ == 0) error_line_ = node.line;
    if (TRY(std::move(flow)) != Flow::kNext) return *flow;
  }
  return Flow::kNext;
}

Result<Evaluator::Flow> Evaluator::execute_one(const Node& node, const Value& dot) {
  const size_t num_variables = variables_.size();
  Flow flow = Flow::kNext;
  switch (node.kind) {
    case Node::Kind::kText:
      TRY(out_->append(node.text, Origin::kTemplate));
      return flow;
    case Node::Kind::kAction: {
      const Value value = TRY(evaluate(node.pipeline, dot));
      if (node.pipeline.variables.empty()) TRY(print(runtime_, *out_, value));
      return flow;  // its variables live on
    }
    case Node::Kind::kBreak:
      return Flow::kBreak;
    case Node::Kind::kContinue:
      return Flow::kContinue;
    case Node::Kind::kIf:
    case Node::Kind::kWith: {
      const Value value = TRY(evaluate(node.pipeline, dot));
      const bool is_with = node.kind == Node::Kind::kWith;
      flow =
          is_true(value) ? TRY(execute(node.body, is_with ? value : dot)) : TRY(execute(node.otherwise, dot));
      break;
    }
    case Node::Kind::kRange:
      flow = TRY(execute_range(node, dot));
      break;
    case Node::Kind::kTemplate:
      TRY(call_template(node, dot));
      break;
  }
  variables_.resize(num_variables);
  return flow;
}

namespace {

/// What a range goes over: the values, and what stands for their places.
struct Items {
  std::vector<Value> keys, values;
};

Result<Items> items_of(jinja::Runtime& runtime, const Value& value) {
  Items items;
  if (value.is_sequence()) {
    items.values = value.sequence().items;
    for (size_t i = 0; i < items.values.size(); ++i) items.keys.push_back(Value::integer(int64_t(i)));
  } else if (value.is_dict()) {
    for (const auto& [key, member] : value.dict().entries.entries()) {
      items.keys.push_back(key);
      items.values.push_back(member);
    }
  } else if (value.is(Type::kInt)) {
    const int64_t count = value.as_int64();
    if (count > runtime.limits().max_range)
      return fail(ErrorCode::kResourceLimit, "a range over more than {} numbers", runtime.limits().max_range);
    for (int64_t i = 0; i < count; ++i) items.values.push_back(Value::integer(i));
    items.keys = items.values;
  } else if (!value.is_none()) {
    return fail(ErrorCode::kInvalidArgument, "a range cannot go over a value of type {}", type_name(value));
  }
  return items;
}

}  // namespace

Result<Evaluator::Flow> Evaluator::execute_range(const Node& node, const Value& dot) {
  const Value over = TRY(evaluate_commands(node.pipeline, dot));
  const Items items = TRY(items_of(runtime_, over));
  if (items.values.empty()) return execute(node.otherwise, dot);
  const std::vector<std::string>& names = node.pipeline.variables;
  const size_t num_variables = variables_.size();
  for (size_t i = 0; i < items.values.size(); ++i) {
    TRY(runtime_.spend(1));
    variables_.resize(num_variables);
    // One variable is the value, two are the place and the value.
    for (size_t k = 0; k < names.size(); ++k) {
      const Value& value = k + 1 == names.size() ? items.values[i] : items.keys[i];
      if (node.pipeline.assigns) {
        if (Value* variable = find_variable(names[k])) *variable = value;
      } else {
        variables_.emplace_back(names[k], value);
      }
    }
    if (TRY(execute(node.body, items.values[i])) == Flow::kBreak) break;
  }
  return Flow::kNext;
}

Status Evaluator::call_template(const Node& node, const Value& dot) {
  const StackScope scope(runtime_);
  TRY(scope.check());
  const Value data = node.pipeline.commands.empty() ? Value() : TRY(evaluate(node.pipeline, dot));
  auto callers = std::exchange(variables_, {{"$", data}});
  TRY(execute(program_.templates.find(node.text)->second, data));
  variables_ = std::move(callers);
  return {};
}

Value* Evaluator::find_variable(std::string_view name) {
  for (auto at = variables_.rbegin(); at != variables_.rend(); ++at) {
    if (at->first == name) return &at->second;
  }
  return nullptr;
}

Result<Value> Evaluator::evaluate(const Pipeline& pipeline, const Value& dot) {
  Value value = TRY(evaluate_commands(pipeline, dot));
  TRY(set_variables(pipeline, value));
  return value;
}

Result<Value> Evaluator::evaluate_commands(const Pipeline& pipeline, const Value& dot) {
  std::optional<Value> value;
  for (const Command& command : pipeline.commands) value = TRY(evaluate(command, dot, value));
  return *value;
}

Status Evaluator::set_variables(const Pipeline& pipeline, const Value& value) {
  for (const std::string& name : pipeline.variables) {
    Value* variable = pipeline.assigns ? find_variable(name) : nullptr;
    if (variable != nullptr) {
      *variable = value;
    } else {
      variables_.emplace_back(name, value);
    }
  }
  return {};
}

Result<Value> Evaluator::evaluate(const Command& command, const Value& dot,
                                  const std::optional<Value>& last) {
  const StackScope scope(runtime_);
  TRY(scope.check());
  const Operand& first = command.operands.front();
  if (first.kind != Operand::Kind::kFunction) return evaluate(first, dot);
  if (first.text == "and" || first.text == "or") return evaluate_logical(command, dot, last);
  std::vector<Value> arguments;
  for (size_t i = 1; i < command.operands.size(); ++i)
    arguments.push_back(TRY(evaluate(command.operands[i], dot)));
  if (last) arguments.push_back(*last);
  Value value = TRY(call_function(runtime_, first.text, arguments));
  for (const std::string& field : first.fields) value = TRY(field_of(runtime_, value, field));
  return value;
}

Result<Value> Evaluator::evaluate_logical(const Command& command, const Value& dot,
                                          const std::optional<Value>& last) {
  const bool is_or = command.operands.front().text == "or";
  const size_t num_given = command.operands.size() - 1;
  if (num_given + (last ? 1 : 0) == 0)
    return fail(ErrorCode::kInvalidArgument, "{} needs an argument", is_or ? "or" : "and");
  Value value;
  for (size_t i = 0; i < num_given; ++i) {
    value = TRY(evaluate(command.operands[i + 1], dot));
    if (is_true(value) == is_or) return value;
  }
  return last ? *last : value;
}

Result<Value> Evaluator::evaluate(const Operand& operand, const Value& dot) {
  TRY(runtime_.spend(1));
  Value value;
  switch (operand.kind) {
    case Operand::Kind::kDot:
      value = dot;
      break;
    case Operand::Kind::kNil:
      break;
    case Operand::Kind::kBool:
      value = Value::boolean(operand.number != 0);
      break;
    case Operand::Kind::kInt:
      value = Value::integer(operand.number);
      break;
    case Operand::Kind::kFloat:
      value = Value::real(operand.real);
      break;
    case Operand::Kind::kString:
      value = TRY(runtime_.string(operand.text));
      break;
    case Operand::Kind::kVariable:
      if (const Value* variable = find_variable(operand.text)) value = *variable;
      break;
    case Operand::Kind::kFunction:
      value = TRY(call_function(runtime_, operand.text, {}));
      break;
    case Operand::Kind::kPipeline:
      value = TRY(evaluate(*operand.inner, dot));
      break;
  }
  for (const std::string& field : operand.fields) value = TRY(field_of(runtime_, value, field));
  return value;
}

}  // namespace hearth::gotemplate
