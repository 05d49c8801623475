#include "text/jinja/syntax/resolver.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "text/jinja/syntax/special_names.h"
#include "text/jinja/syntax/visit.h"

namespace hearth::jinja {

namespace {

/// A function at run time: the template itself, a macro, a recursive loop, a loop's test.
struct Function {
  uint32_t depth;  ///< how many functions lie around it
  uint32_t num_slots = 0;
};

class Scope;

/// What every name means where the resolver now is: innermost meaning last.
struct Meanings {
  struct Meaning {
    const Scope* scope;
    uint32_t depth, slot;
    bool was_read = false;
  };

  explicit Meanings(Program& resolved) : program(resolved) {}

  /// The index of a name from outside.
  uint32_t context_index(const std::string& name) {
    const auto [at, is_new] = context_indices.try_emplace(name, uint32_t(program.context_names.size()));
    if (is_new) program.context_names.push_back(name);
    return at->second;
  }

  Program& program;
  std::unordered_map<std::string, std::vector<Meaning>> by_name;
  std::unordered_map<std::string, uint32_t> context_indices;
};

/// The variables of one block while the template is resolved. Scopes end in the reverse of their order.
class Scope {
 public:
  Scope(Meanings& meanings, Function& function, Frame& frame)
      : meanings_(meanings), function_(function), frame_(frame) {}
  ~Scope() {
    for (std::vector<Meaning>* own : own_) own->pop_back();
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  Function& function() const { return function_; }

  /// A variable that is given a value by whoever enters the block.
  uint32_t declare(const std::string& name) {
    std::vector<Meaning>& known = meanings_.by_name[name];
    return is_own(known) ? known.back().slot : add(known);
  }

  /// A name that is read.
  void load(const std::string& name) {
    std::vector<Meaning>& known = meanings_.by_name[name];
    if (known.empty()) init_from_context(name, known);
  }

  /// A name that is assigned; where only a branch of an `if` does so, the name keeps its outside meaning.
  void store(const std::string& name, bool in_branch) {
    std::vector<Meaning>& known = meanings_.by_name[name];
    if (is_own(known)) return;
    if (!known.empty()) {
      const VariableRef outer = ref_to(known.back());
      frame_.inits.push_back({add(known), SlotInit::Kind::kOuter, outer, 0});
    } else if (in_branch) {
      init_from_context(name, known);
    } else {
      frame_.inits.push_back({add(known), SlotInit::Kind::kMissing, {}, 0});
    }
  }

  VariableRef ref(const std::string& name) {
    std::vector<Meaning>& known = meanings_.by_name[name];
    if (known.empty()) init_from_context(name, known);  // jinja2 fails here; only odd templates do
    known.back().was_read = true;
    return ref_to(known.back());
  }

  /// Whether ref() was asked for this block's own variable.
  bool was_read(const std::string& name) const {
    const std::vector<Meaning>& known = meanings_.by_name[name];
    return is_own(known) && known.back().was_read;
  }

 private:
  using Meaning = Meanings::Meaning;

  bool is_own(const std::vector<Meaning>& known) const {
    return !known.empty() && known.back().scope == this;
  }

  uint32_t add(std::vector<Meaning>& known) {
    const uint32_t slot = function_.num_slots++;
    known.push_back({this, function_.depth, slot});
    own_.push_back(&known);  // stays where it is: a map's elements do not move
    frame_.slots.push_back(slot);
    return slot;
  }

  void init_from_context(const std::string& name, std::vector<Meaning>& known) {
    frame_.inits.push_back({add(known), SlotInit::Kind::kContext, {}, meanings_.context_index(name)});
  }

  VariableRef ref_to(const Meaning& meaning) const { return {function_.depth - meaning.depth, meaning.slot}; }

  Meanings& meanings_;
  Function& function_;
  Frame& frame_;
  std::vector<std::vector<Meaning>*> own_;
};

class Resolver {
 public:
  explicit Resolver(Program& program) : program_(program), meanings_(program) {}

  Status run() {
    Function root{0};
    Scope scope(meanings_, root, program_.frame);
    collect(program_.body, scope, false);
    TRY(resolve(program_.body, scope, false));
    program_.num_slots = root.num_slots;
    return {};
  }

 private:
  // First pass over a block: which names it reads and assigns, in order. Blocks inside have scopes of their
  // own.

  void collect(const Body& body, Scope& scope, bool in_branch) {
    for (const StatementPtr& statement : body) collect(*statement, scope, in_branch);
  }

  void collect(const ExprPtr& expr, Scope& scope) {
    if (expr) collect(*expr, scope);
  }
  void collect(Expr& expr, Scope& scope) {
    if (expr.kind == ExprKind::kName) scope.load(static_cast<NameExpr&>(expr).name);
    for_each_child(expr, [&](Expr& child) { collect(child, scope); });
  }

  void collect(const Target& target, Scope& scope, bool in_branch) {
    if (target.kind == Target::Kind::kName) scope.store(target.name, in_branch);
    if (target.kind == Target::Kind::kAttribute) scope.load(target.name);
    for (const Target& item : target.items) collect(item, scope, in_branch);
  }

  void collect(Statement& statement, Scope& scope, bool in_branch) {
    switch (statement.kind) {
      case StatementKind::kText:
      case StatementKind::kGeneration:
      case StatementKind::kBreak:
      case StatementKind::kContinue:
        break;
      case StatementKind::kOutput:
        collect(static_cast<OutputStatement&>(statement).value, scope);
        break;
      case StatementKind::kIf: {
        auto& branching = static_cast<IfStatement&>(statement);
        for (const auto& [test, body] : branching.branches) {
          collect(test, scope);
          collect(body, scope, true);
        }
        collect(branching.otherwise, scope, true);
        break;
      }
      case StatementKind::kFor:
        collect(static_cast<ForStatement&>(statement).iterable, scope);
        break;
      case StatementKind::kSet: {
        auto& set = static_cast<SetStatement&>(statement);
        collect(set.value, scope);
        collect(set.target, scope, in_branch);
        break;
      }
      case StatementKind::kSetBlock:
        collect(static_cast<SetBlockStatement&>(statement).target, scope, in_branch);
        break;
      case StatementKind::kMacro:
        scope.store(static_cast<MacroStatement&>(statement).name, in_branch);
        break;
      case StatementKind::kCallBlock:
        collect(static_cast<CallBlockStatement&>(statement).call, scope);
        break;
      case StatementKind::kFilterBlock:
        collect(static_cast<FilterBlockStatement&>(statement).filter, scope);
        break;
      case StatementKind::kWith:
        for (const auto& [target, value] : static_cast<WithStatement&>(statement).assignments)
          collect(value, scope);
        break;
    }
  }

  // Second pass: every name gets its place; blocks inside are done whole. `soft` is inside of an `if`, where
  // jinja2 lets unknown filters and tests wait until they are reached.

  Status resolve(const Body& body, Scope& scope, bool soft) {
    for (const StatementPtr& statement : body) TRY(resolve(*statement, scope, soft));
    return {};
  }

  Status resolve(const ExprPtr& expr, Scope& scope, bool soft) {
    return expr ? resolve(*expr, scope, soft) : Status();
  }

  Status resolve(Expr& expr, Scope& scope, bool soft) {
    if (expr.kind == ExprKind::kName) {
      auto& name = static_cast<NameExpr&>(expr);
      name.ref = scope.ref(name.name);
    }
    const bool applies = expr.kind == ExprKind::kFilter || expr.kind == ExprKind::kTest;
    if (applies && !soft) {
      const auto& apply = static_cast<ApplyExpr&>(expr);
      if (apply.function == nullptr) {
        return fail(ErrorCode::kUnsupported, "line {}: no {} named '{}'", expr.line,
                    expr.kind == ExprKind::kFilter ? "filter" : "test", apply.name);
      }
    }
    soft = soft || expr.kind == ExprKind::kConditional;
    Status status;
    for_each_child(expr, [&](Expr& child) {
      if (status) status = resolve(child, scope, soft);
    });
    return status;
  }

  void resolve(Target& target, Scope& scope) {
    if (target.kind != Target::Kind::kTuple) target.ref = scope.ref(target.name);
    for (Target& item : target.items) resolve(item, scope);
  }

  /// The names of a target as variables of the block that it belongs to.
  void declare(const Target& target, Scope& scope) {
    if (target.kind == Target::Kind::kName) scope.declare(target.name);
    for (const Target& item : target.items) declare(item, scope);
  }

  Status resolve_test(ForStatement& loop, Scope& outer) {
    Function function{outer.function().depth + 1};
    Scope scope(meanings_, function, loop.test_frame);
    declare(loop.test_target, scope);
    collect(loop.test, scope);
    TRY(resolve(loop.test, scope, false));
    resolve(loop.test_target, scope);
    loop.num_test_slots = function.num_slots;
    return {};
  }

  Status resolve_for(ForStatement& loop, Scope& outer, bool soft) {
    TRY(resolve(loop.iterable, outer, soft));
    if (loop.test) TRY(resolve_test(loop, outer));
    Function own{outer.function().depth + 1};
    Function& function = loop.recursive ? own : outer.function();
    {
      Scope scope(meanings_, function, loop.body_frame);
      loop.loop.slot = scope.declare("loop");
      declare(loop.target, scope);
      collect(loop.body, scope, false);
      TRY(resolve(loop.body, scope, false));
      resolve(loop.target, scope);
      loop.reads_loop = scope.was_read("loop");
    }
    Scope scope(meanings_, function, loop.else_frame);
    collect(loop.otherwise, scope, false);
    TRY(resolve(loop.otherwise, scope, false));
    loop.num_slots = own.num_slots;
    return {};
  }

  Status resolve_macro(MacroStatement& macro, Scope& outer) {
    Function function{outer.function().depth + 1};
    Scope scope(meanings_, function, macro.frame);
    MacroSignature& signature = macro.signature;
    const SpecialNames special = find_special_names(macro.body);
    const auto has_param = [&](std::string_view name) {
      return std::ranges::find(signature.params, name, &MacroParam::name) != signature.params.end();
    };
    for (const MacroParam& param : signature.params) macro.param_slots.push_back(scope.declare(param.name));
    signature.reads_caller = special.caller;
    signature.explicit_caller = has_param("caller");
    const auto caller = std::ranges::find(signature.params, "caller", &MacroParam::name);
    const auto caller_index = size_t(caller - signature.params.begin());
    if (special.caller && signature.explicit_caller &&
        caller_index + macro.defaults.size() < signature.params.size()) {
      return fail(ErrorCode::kCorruptData, "line {}: the parameter 'caller' needs a default", macro.line);
    }
    if (special.caller && !signature.explicit_caller) macro.caller_slot = scope.declare("caller");
    signature.catches_kwargs = special.kwargs && !has_param("kwargs");
    if (signature.catches_kwargs) macro.kwargs_slot = scope.declare("kwargs");
    signature.catches_varargs = special.varargs && !has_param("varargs");
    if (signature.catches_varargs) macro.varargs_slot = scope.declare("varargs");
    for (const ExprPtr& value : macro.defaults) collect(value, scope);
    collect(macro.body, scope, false);
    for (const ExprPtr& value : macro.defaults) TRY(resolve(value, scope, false));
    TRY(resolve(macro.body, scope, false));
    macro.num_slots = function.num_slots;
    return {};
  }

  Status resolve_filter_block(FilterBlockStatement& block, Scope& outer) {
    Scope scope(meanings_, outer.function(), block.frame);
    collect(block.body, scope, false);
    collect(block.filter, scope);
    TRY(resolve(block.body, scope, false));
    return resolve(block.filter, scope, false);
  }

  // A scope hides the names around it from its start on: what belongs outside is resolved before.

  Status resolve_set_block(SetBlockStatement& block, Scope& outer) {
    resolve(block.target, outer);
    Scope scope(meanings_, outer.function(), block.frame);
    collect(block.body, scope, false);
    TRY(resolve(block.body, scope, false));
    return resolve(block.filter, scope, false);
  }

  Status resolve_with(WithStatement& with, Scope& outer, bool soft) {
    for (auto& [target, value] : with.assignments) TRY(resolve(value, outer, soft));
    Scope scope(meanings_, outer.function(), with.frame);
    for (auto& [target, value] : with.assignments) {
      declare(target, scope);
      resolve(target, scope);
    }
    collect(with.body, scope, false);
    return resolve(with.body, scope, false);
  }

  Status resolve(Statement& statement, Scope& scope, bool soft) {
    switch (statement.kind) {
      case StatementKind::kText:
      case StatementKind::kBreak:
      case StatementKind::kContinue:
        return {};
      case StatementKind::kOutput:
        return resolve(static_cast<OutputStatement&>(statement).value, scope, soft);
      case StatementKind::kIf: {
        auto& branching = static_cast<IfStatement&>(statement);
        for (const auto& [test, body] : branching.branches) {
          TRY(resolve(test, scope, true));
          TRY(resolve(body, scope, true));
        }
        return resolve(branching.otherwise, scope, true);
      }
      case StatementKind::kFor:
        return resolve_for(static_cast<ForStatement&>(statement), scope, soft);
      case StatementKind::kSet: {
        auto& set = static_cast<SetStatement&>(statement);
        TRY(resolve(set.value, scope, soft));
        resolve(set.target, scope);
        return {};
      }
      case StatementKind::kSetBlock:
        return resolve_set_block(static_cast<SetBlockStatement&>(statement), scope);
      case StatementKind::kMacro: {
        auto& macro = static_cast<MacroStatement&>(statement);
        resolve(macro.target, scope);
        return resolve_macro(macro, scope);
      }
      case StatementKind::kCallBlock: {
        auto& block = static_cast<CallBlockStatement&>(statement);
        TRY(resolve(block.call, scope, soft));
        return resolve_macro(block.caller, scope);
      }
      case StatementKind::kFilterBlock:
        return resolve_filter_block(static_cast<FilterBlockStatement&>(statement), scope);
      case StatementKind::kWith:
        return resolve_with(static_cast<WithStatement&>(statement), scope, soft);
      case StatementKind::kGeneration:
        return resolve_macro(static_cast<GenerationStatement&>(statement).block, scope);
    }
    return {};
  }

  Program& program_;
  Meanings meanings_;
};

}  // namespace

Status resolve(Program& program) { return Resolver(program).run(); }

}  // namespace hearth::jinja
