#include "text/jinja/syntax/special_names.h"

#include "text/jinja/syntax/visit.h"

namespace hearth::jinja {

namespace {

class Finder {
 public:
  SpecialNames found;

  void visit(const Body& body) {
    for (const StatementPtr& statement : body) visit(*statement);
  }

 private:
  void read(std::string_view name) {
    if (name == "caller") found.caller = found.caller || open_.caller;
    if (name == "kwargs") found.kwargs = found.kwargs || open_.kwargs;
    if (name == "varargs") found.varargs = found.varargs || open_.varargs;
  }

  void assign(std::string_view name) {
    if (name == "caller") open_.caller = false;
    if (name == "kwargs") open_.kwargs = false;
    if (name == "varargs") open_.varargs = false;
  }

  void assign(const Target& target) {
    if (target.kind == Target::Kind::kName) assign(target.name);
    for (const Target& item : target.items) assign(item);
  }

  void visit(Expr& expr) {
    if (expr.kind == ExprKind::kName) read(static_cast<NameExpr&>(expr).name);
    for_each_child(expr, [this](Expr& child) { visit(child); });
  }
  void visit(const ExprPtr& expr) {
    if (expr) visit(*expr);
  }

  void visit_macro(const MacroStatement& macro) {
    for (const MacroParam& param : macro.signature.params) assign(param.name);
    for (const ExprPtr& value : macro.defaults) visit(value);
    visit(macro.body);
  }

  void visit_for(const ForStatement& loop) {
    assign(loop.target);
    visit(loop.iterable);
    visit(loop.body);
    visit(loop.otherwise);
    visit(loop.test);
  }

  void visit(const Statement& statement) {
    switch (statement.kind) {
      case StatementKind::kText:
      case StatementKind::kBreak:
      case StatementKind::kContinue:
        break;
      case StatementKind::kOutput:
        visit(static_cast<const OutputStatement&>(statement).value);
        break;
      case StatementKind::kIf: {
        const auto& branching = static_cast<const IfStatement&>(statement);
        for (const auto& [test, body] : branching.branches) {
          visit(test);
          visit(body);
        }
        visit(branching.otherwise);
        break;
      }
      case StatementKind::kFor:
        visit_for(static_cast<const ForStatement&>(statement));
        break;
      case StatementKind::kSet: {
        const auto& set = static_cast<const SetStatement&>(statement);
        assign(set.target);
        visit(set.value);
        break;
      }
      case StatementKind::kSetBlock: {
        const auto& set = static_cast<const SetBlockStatement&>(statement);
        assign(set.target);
        visit(set.filter);
        visit(set.body);
        break;
      }
      case StatementKind::kMacro:
        visit_macro(static_cast<const MacroStatement&>(statement));
        break;
      case StatementKind::kCallBlock: {
        const auto& block = static_cast<const CallBlockStatement&>(statement);
        visit(block.call);
        visit_macro(block.caller);
        break;
      }
      case StatementKind::kFilterBlock: {
        const auto& block = static_cast<const FilterBlockStatement&>(statement);
        visit(block.body);
        visit(block.filter);
        break;
      }
      case StatementKind::kWith: {
        const auto& with = static_cast<const WithStatement&>(statement);
        for (const auto& [target, value] : with.assignments) assign(target);
        for (const auto& [target, value] : with.assignments) visit(value);
        visit(with.body);
        break;
      }
      case StatementKind::kGeneration:
        visit_macro(static_cast<const GenerationStatement&>(statement).block);
        break;
    }
  }

  SpecialNames open_ = {.caller = true, .kwargs = true, .varargs = true};  ///< not assigned so far
};

}  // namespace

SpecialNames find_special_names(const Body& body) {
  Finder finder;
  finder.visit(body);
  return finder.found;
}

}  // namespace hearth::jinja
