#pragma once

#include "text/jinja/syntax/ast.h"

namespace hearth::jinja {

/// Calls visit(expr) for each direct child of an expression; null ones are left out.
template <typename Visit>
void for_each_child(const CallArguments& arguments, Visit&& visit) {
  for (const ExprPtr& child : arguments.positional) visit(*child);
  for (const auto& [name, child] : arguments.keywords) visit(*child);
  if (arguments.more_positional) visit(*arguments.more_positional);
  if (arguments.more_keywords) visit(*arguments.more_keywords);
}

template <typename Visit>
void for_each_child(Expr& expr, Visit&& visit) {
  const auto maybe = [&](const ExprPtr& child) {
    if (child) visit(*child);
  };
  switch (expr.kind) {
    case ExprKind::kConstant:
    case ExprKind::kString:
    case ExprKind::kName:
      break;
    case ExprKind::kList:
    case ExprKind::kTuple:
    case ExprKind::kConcat:
      for (const ExprPtr& item : static_cast<ItemsExpr&>(expr).items) visit(*item);
      break;
    case ExprKind::kDict:
      for (const auto& [key, value] : static_cast<DictExpr&>(expr).entries) {
        visit(*key);
        visit(*value);
      }
      break;
    case ExprKind::kNot:
    case ExprKind::kNegate:
    case ExprKind::kPlus:
      visit(*static_cast<UnaryExpr&>(expr).operand);
      break;
    case ExprKind::kBinary: {
      auto& binary = static_cast<BinaryExpr&>(expr);
      visit(*binary.first);
      for (const auto& [op, operand] : binary.rest) visit(*operand);
      break;
    }
    case ExprKind::kLogical:
      for (const ExprPtr& operand : static_cast<LogicalExpr&>(expr).operands) visit(*operand);
      break;
    case ExprKind::kCompare: {
      auto& compare = static_cast<CompareExpr&>(expr);
      visit(*compare.first);
      for (const auto& [op, operand] : compare.rest) visit(*operand);
      break;
    }
    case ExprKind::kConditional: {
      auto& conditional = static_cast<ConditionalExpr&>(expr);
      visit(*conditional.test);
      visit(*conditional.then);
      maybe(conditional.otherwise);
      break;
    }
    case ExprKind::kAttribute:
      visit(*static_cast<AttributeExpr&>(expr).object);
      break;
    case ExprKind::kSubscript: {
      auto& subscript = static_cast<SubscriptExpr&>(expr);
      visit(*subscript.object);
      visit(*subscript.key);
      break;
    }
    case ExprKind::kSlice: {
      auto& slice = static_cast<SliceExpr&>(expr);
      visit(*slice.object);
      for (const ExprPtr* bound : {&slice.start, &slice.stop, &slice.step}) maybe(*bound);
      break;
    }
    case ExprKind::kCall: {
      auto& call = static_cast<CallExpr&>(expr);
      visit(*call.callee);
      for_each_child(call.arguments, visit);
      break;
    }
    case ExprKind::kFilter:
    case ExprKind::kTest: {
      auto& apply = static_cast<ApplyExpr&>(expr);
      maybe(apply.input);
      for_each_child(apply.arguments, visit);
      break;
    }
  }
}

}  // namespace hearth::jinja
