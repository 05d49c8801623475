#include "text/jinja/evaluator.h"
#include "text/jinja/library/attributes.h"
#include "text/jinja/library/methods.h"
#include "text/jinja/value/iterator.h"
#include "text/jinja/value/operators.h"
#include "text/jinja/value/repr.h"

namespace hearth::jinja {

Result<Value> Evaluator::evaluate(const Expr& expr) {
  if (expr.kind == ExprKind::kConstant) return static_cast<const ConstantExpr&>(expr).value;
  Result<Value> value = evaluate_node(expr);
  if (!value && error_line_ == 0) error_line_ = expr.line;
  return value;
}

Result<Value> Evaluator::evaluate_node(const Expr& expr) {
  const StackScope scope(runtime_);
  TRY(scope.check());
  TRY(runtime_.spend(1));
  switch (expr.kind) {
    case ExprKind::kConstant:
      return static_cast<const ConstantExpr&>(expr).value;
    case ExprKind::kString:
      return evaluate_string(static_cast<const StringExpr&>(expr));
    case ExprKind::kName:
      return evaluate_name(static_cast<const NameExpr&>(expr));
    case ExprKind::kList:
    case ExprKind::kTuple:
      return evaluate_items(static_cast<const ItemsExpr&>(expr));
    case ExprKind::kConcat:
      return evaluate_concat(static_cast<const ItemsExpr&>(expr));
    case ExprKind::kDict:
      return evaluate_dict(static_cast<const DictExpr&>(expr));
    case ExprKind::kNot:
    case ExprKind::kNegate:
    case ExprKind::kPlus:
      return evaluate_unary(static_cast<const UnaryExpr&>(expr));
    case ExprKind::kBinary:
      return evaluate_binary(static_cast<const BinaryExpr&>(expr));
    case ExprKind::kLogical:
      return evaluate_logical(static_cast<const LogicalExpr&>(expr));
    case ExprKind::kCompare:
      return evaluate_compare(static_cast<const CompareExpr&>(expr));
    case ExprKind::kConditional:
      return evaluate_conditional(static_cast<const ConditionalExpr&>(expr));
    case ExprKind::kAttribute: {
      const auto& access = static_cast<const AttributeExpr&>(expr);
      return attribute(runtime_, TRY(evaluate(*access.object)), access.name);
    }
    case ExprKind::kSubscript:
      return evaluate_subscript(static_cast<const SubscriptExpr&>(expr));
    case ExprKind::kSlice:
      return evaluate_slice(static_cast<const SliceExpr&>(expr));
    case ExprKind::kCall:
      return evaluate_call(static_cast<const CallExpr&>(expr), nullptr);
    case ExprKind::kFilter:
    case ExprKind::kTest:
      return evaluate_apply(static_cast<const ApplyExpr&>(expr));
  }
  return Value();
}

Result<bool> Evaluator::is_true(const Expr& expr) { return truth(runtime_, TRY(evaluate(expr))); }

Result<Value> Evaluator::evaluate_name(const NameExpr& expr) {
  const std::optional<Value>& value = variable(expr.ref);
  if (value) return *value;
  return runtime_.undefined(UndefinedObject::Kind::kName, expr.name);
}

Result<Value> Evaluator::evaluate_string(const StringExpr& expr) {
  std::optional<Value>& known = strings_[expr.index];
  if (!known) known = TRY(runtime_.string(expr.text));
  return *known;
}

Result<Value> Evaluator::evaluate_items(const ItemsExpr& expr) {
  std::vector<Value> items;
  items.reserve(expr.items.size());
  for (const ExprPtr& item : expr.items) items.push_back(TRY(evaluate(*item)));
  return expr.kind == ExprKind::kList ? runtime_.list(std::move(items)) : runtime_.tuple(std::move(items));
}

Result<Value> Evaluator::evaluate_concat(const ItemsExpr& expr) {
  std::vector<Value> parts;
  parts.reserve(expr.items.size());
  for (const ExprPtr& item : expr.items) parts.push_back(TRY(evaluate(*item)));
  TextBuilder text(runtime_);
  for (const Value& part : parts) TRY(append_str(text, runtime_, part));
  return runtime_.string(text.take());
}

Result<Value> Evaluator::evaluate_dict(const DictExpr& expr) {
  Dict dict;
  dict.reserve(expr.entries.size());
  for (const auto& [key, value] : expr.entries) {
    Value name = TRY(evaluate(*key));
    TRY(check_hashable(name));
    dict.append(std::move(name), TRY(evaluate(*value)));
  }
  dict.finish();
  return runtime_.dict(std::move(dict));
}

Result<Value> Evaluator::evaluate_unary(const UnaryExpr& expr) {
  const Value operand = TRY(evaluate(*expr.operand));
  if (expr.kind == ExprKind::kNot) return Value::boolean(!TRY(truth(runtime_, operand)));
  return expr.kind == ExprKind::kNegate ? negate(operand) : plus(operand);
}

Result<Value> Evaluator::evaluate_binary(const BinaryExpr& expr) {
  Value value = TRY(evaluate(*expr.first));
  for (const auto& [op, operand] : expr.rest)
    value = TRY(binary(runtime_, op, value, TRY(evaluate(*operand))));
  return value;
}

Result<Value> Evaluator::evaluate_logical(const LogicalExpr& expr) {
  for (size_t i = 0; i + 1 < expr.operands.size(); ++i) {
    Value value = TRY(evaluate(*expr.operands[i]));
    if (TRY(truth(runtime_, value)) == expr.is_or) return value;
  }
  return evaluate(*expr.operands.back());
}

Result<Value> Evaluator::evaluate_compare(const CompareExpr& expr) {
  Value left = TRY(evaluate(*expr.first));
  for (const auto& [op, operand] : expr.rest) {
    Value right = TRY(evaluate(*operand));
    if (!TRY(compare(runtime_, op, left, right))) return Value::boolean(false);
    left = std::move(right);
  }
  return Value::boolean(true);
}

Result<Value> Evaluator::evaluate_conditional(const ConditionalExpr& expr) {
  if (TRY(is_true(*expr.test))) return evaluate(*expr.then);
  if (expr.otherwise) return evaluate(*expr.otherwise);
  return runtime_.undefined(UndefinedObject::Kind::kHint, "the inline if evaluated to false and has no else");
}

Result<Value> Evaluator::evaluate_subscript(const SubscriptExpr& expr) {
  const Value object = TRY(evaluate(*expr.object));
  return subscript(runtime_, object, TRY(evaluate(*expr.key)));
}

Result<Value> Evaluator::evaluate_slice(const SliceExpr& expr) {
  const Value object = TRY(evaluate(*expr.object));
  const auto bound = [this](const ExprPtr& child) -> Result<Value> {
    return child ? evaluate(*child) : Value();
  };
  const Value start = TRY(bound(expr.start)), stop = TRY(bound(expr.stop)), step = TRY(bound(expr.step));
  return slice(runtime_, object, start, stop, step);
}

Status Evaluator::add_keywords(Args& args, const Value& mapping) {
  if (!mapping.is_dict()) {
    return fail(ErrorCode::kInvalidArgument, "argument after ** must be a mapping, not {}",
                type_name(mapping));
  }
  for (const Dict::Entry& entry : mapping.dict().entries.entries()) {
    TRY(runtime_.spend(1 + args.keywords.size()));
    if (!entry.key.is_string()) return fail(ErrorCode::kInvalidArgument, "keywords must be strings");
    for (const Keyword& keyword : args.keywords) {
      if (keyword.name == entry.key.text()) {
        return fail(ErrorCode::kInvalidArgument, "two values for the keyword argument '{}'", keyword.name);
      }
    }
    args.keywords.push_back({entry.key.text(), entry.value});
  }
  return {};
}

Result<Args> Evaluator::evaluate_arguments(const CallArguments& arguments) {
  Args args;
  for (const ExprPtr& argument : arguments.positional) args.positional.push_back(TRY(evaluate(*argument)));
  for (const auto& [name, argument] : arguments.keywords)
    args.keywords.push_back({name, TRY(evaluate(*argument))});
  if (arguments.more_positional) {
    const std::vector<Value> more = TRY(to_items(runtime_, TRY(evaluate(*arguments.more_positional))));
    args.positional.insert(args.positional.end(), more.begin(), more.end());
  }
  if (arguments.more_keywords) TRY(add_keywords(args, TRY(evaluate(*arguments.more_keywords))));
  return args;
}

Result<Value> Evaluator::evaluate_call(const CallExpr& expr, const Value* caller) {
  const auto arguments = [&]() -> Result<Args> {
    Args args = TRY(evaluate_arguments(expr.arguments));
    if (caller != nullptr) args.keywords.push_back({"caller", *caller});
    return args;
  };
  if (expr.callee->kind == ExprKind::kAttribute) {
    // A method is called without being made a value first.
    const auto& access = static_cast<const AttributeExpr&>(*expr.callee);
    const Value object = TRY(evaluate(*access.object));
    const Method method = find_method(object, access.name);
    if (method.kind == MethodKind::kMethod) {
      Args args = TRY(arguments());
      return method.function(runtime_, object, args);
    }
    const Value callee = TRY(attribute(runtime_, object, access.name));
    Args args = TRY(arguments());
    return call(callee, args);
  }
  const Value callee = TRY(evaluate(*expr.callee));
  if (callee.is_undefined() && expr.callee->kind == ExprKind::kName) {
    return fail(ErrorCode::kUnsupported, "no function named '{}'",
                static_cast<const NameExpr&>(*expr.callee).name);
  }
  Args args = TRY(arguments());
  return call(callee, args);
}

Result<Value> Evaluator::evaluate_apply(const ApplyExpr& expr) {
  const bool is_filter = expr.kind == ExprKind::kFilter;
  if (expr.function == nullptr) {
    return fail(ErrorCode::kUnsupported, "no {} named '{}'", is_filter ? "filter" : "test", expr.name);
  }
  const Value input = expr.input ? TRY(evaluate(*expr.input)) : *caught_;
  Args args = TRY(evaluate_arguments(expr.arguments));
  return expr.function(runtime_, input, args);
}

}  // namespace hearth::jinja
