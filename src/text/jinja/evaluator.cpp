#include "text/jinja/evaluator.h"

#include <algorithm>
#include <utility>

#include "text/jinja/library/functions.h"
#include "text/jinja/value/iterator.h"
#include "text/jinja/value/operators.h"
#include "text/jinja/value/repr.h"

namespace hearth::jinja {

namespace {

/// Sets a variable for a scope.
template <typename T>
class Swap {
 public:
  Swap(T& place, T value) : place_(place), before_(std::exchange(place, std::move(value))) {}
  ~Swap() { place_ = std::move(before_); }
  Swap(const Swap&) = delete;
  Swap& operator=(const Swap&) = delete;

 private:
  T& place_;
  T before_;
};

}  // namespace

/// The items of a loop that pass its test, found as they are asked for.
class FilteredItems final : public IteratorObject {
 public:
  FilteredItems(Evaluator& evaluator, const ForStatement& loop, Ref<IteratorObject> items,
                Ref<Activation> activation)
      : evaluator_(evaluator), loop_(loop), items_(std::move(items)), activation_(std::move(activation)) {}

  Result<std::optional<Value>> next(Runtime& runtime) override {
    const StackScope scope(runtime);
    TRY(scope.check());
    const Swap<Ref<Activation>> in_test(evaluator_.current_, activation_);
    if (!std::exchange(started_, true)) evaluator_.enter(loop_.test_frame);
    while (std::optional<Value> item = TRY(items_->next(runtime))) {
      TRY(runtime.spend(1));
      TRY(evaluator_.assign(loop_.test_target, std::move(*item)));
      if (TRY(evaluator_.is_true(*loop_.test))) return TRY(evaluator_.value_of(loop_.test_target));
    }
    return std::nullopt;
  }

 private:
  Evaluator& evaluator_;
  const ForStatement& loop_;
  const Ref<IteratorObject> items_;
  const Ref<Activation> activation_;
  bool started_ = false;
};

Result<OriginString> Evaluator::run(const VariableLookup& lookup) {
  for (const std::string& name : program_.context_names) {
    std::optional<Value> value = TRY(lookup(name));
    context_.push_back(value ? std::move(value) : find_global(runtime_, name));
  }
  strings_.resize(program_.num_strings);
  current_ = runtime_.heap().make_mutable<Activation>(program_.num_slots, Ref<Activation>());
  TextBuilder out(runtime_);
  out_ = &out;
  enter(program_.frame);
  TRY(execute(program_.body));
  return out.take();
}

// Variables

std::optional<Value>& Evaluator::variable(VariableRef ref) {
  Activation* activation = current_.get();
  for (uint32_t i = 0; i < ref.hops; ++i) activation = activation->enclosing.get();
  return activation->slots[ref.slot];
}

void Evaluator::enter(const Frame& frame) {
  for (const SlotInit& init : frame.inits) {
    std::optional<Value>& slot = current_->slots[init.slot];
    switch (init.kind) {
      case SlotInit::Kind::kMissing:
        slot.reset();
        break;
      case SlotInit::Kind::kOuter:
        slot = variable(init.outer);
        break;
      case SlotInit::Kind::kContext:
        slot = context_[init.name_index];
        break;
    }
  }
}

void Evaluator::leave(const Frame& frame) {
  for (const uint32_t slot : frame.slots) current_->slots[slot].reset();
}

Status Evaluator::assign(const Target& target, Value value) {
  switch (target.kind) {
    case Target::Kind::kName:
      variable(target.ref) = std::move(value);
      return {};
    case Target::Kind::kAttribute: {
      const std::optional<Value>& holder = variable(target.ref);
      if (!holder || !holder->is(Type::kNamespace)) {
        return fail(ErrorCode::kInvalidArgument, "cannot assign attribute on non-namespace object");
      }
      if (target.attribute.starts_with("_")) {
        return fail(ErrorCode::kInvalidArgument,
                    "a namespace cannot have the attribute '{}': it starts with _", target.attribute);
      }
      auto& object = holder->object<NamespaceObject>();
      object.attributes.set(TRY(runtime_.string(target.attribute)), std::move(value));
      runtime_.recharge(object);
      return {};
    }
    case Target::Kind::kTuple:
      break;
  }
  std::vector<Value> items = TRY(to_items(runtime_, value));
  if (items.size() != target.items.size()) {
    return fail(ErrorCode::kInvalidArgument, "cannot unpack {} values into {} names", items.size(),
                target.items.size());
  }
  for (size_t i = 0; i < items.size(); ++i) TRY(assign(target.items[i], std::move(items[i])));
  return {};
}

Status Evaluator::check_namespaces(const Target& target) {
  if (target.kind == Target::Kind::kAttribute) {
    const std::optional<Value>& holder = variable(target.ref);
    if (!holder || !holder->is(Type::kNamespace)) {
      return fail(ErrorCode::kInvalidArgument, "cannot assign attribute on non-namespace object");
    }
  }
  for (const Target& item : target.items) TRY(check_namespaces(item));
  return {};
}

Result<Value> Evaluator::value_of(const Target& target) {
  if (target.kind == Target::Kind::kName) return variable(target.ref).value_or(Value::undefined());
  std::vector<Value> items;
  for (const Target& item : target.items) items.push_back(TRY(value_of(item)));
  return runtime_.tuple(std::move(items));
}

// Statements

Status Evaluator::print(const Value& value) { return append_str(*out_, runtime_, value); }

Status Evaluator::print_block(const Value& value) {
  if (value.is_string()) return print(value);
  return fail(ErrorCode::kInvalidArgument, "a filter or call block must make a string, not {}",
              type_name(value));
}

Result<Evaluator::Flow> Evaluator::execute(const Body& body) {
  const StackScope scope(runtime_);
  TRY(scope.check());
  for (const StatementPtr& statement : body) {
    const Flow flow = TRY(execute(*statement));
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Result<Evaluator::Flow> Evaluator::execute(const Statement& statement) {
  Result<Flow> flow = execute_node(statement);
  if (!flow && error_line_ == 0) error_line_ = statement.line;
  return flow;
}

Result<Evaluator::Flow> Evaluator::execute_node(const Statement& statement) {
  TRY(runtime_.spend(1));
  switch (statement.kind) {
    case StatementKind::kText:
      TRY(out_->append(static_cast<const TextStatement&>(statement).text, Origin::kTemplate));
      break;
    case StatementKind::kOutput:
      TRY(print(TRY(evaluate(*static_cast<const OutputStatement&>(statement).value))));
      break;
    case StatementKind::kIf:
      return execute_if(static_cast<const IfStatement&>(statement));
    case StatementKind::kFor:
      return execute_for(static_cast<const ForStatement&>(statement));
    case StatementKind::kSet:
      TRY(execute_set(static_cast<const SetStatement&>(statement)));
      break;
    case StatementKind::kSetBlock:
      return execute_set_block(static_cast<const SetBlockStatement&>(statement));
    case StatementKind::kMacro: {
      const auto& macro = static_cast<const MacroStatement&>(statement);
      TRY(assign(macro.target, make_macro(macro)));
      break;
    }
    case StatementKind::kCallBlock:
      TRY(execute_call_block(static_cast<const CallBlockStatement&>(statement)));
      break;
    case StatementKind::kFilterBlock:
      return execute_filter_block(static_cast<const FilterBlockStatement&>(statement));
    case StatementKind::kWith:
      return execute_with(static_cast<const WithStatement&>(statement));
    case StatementKind::kGeneration: {
      const Value block = make_macro(static_cast<const GenerationStatement&>(statement).block);
      Args none;
      TRY(print(TRY(call(block, none))));
      break;
    }
    case StatementKind::kBreak:
      return Flow::kBreak;
    case StatementKind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kNext;
}

Result<Evaluator::Flow> Evaluator::execute_if(const IfStatement& statement) {
  for (const auto& [test, body] : statement.branches) {
    if (TRY(is_true(*test))) return execute(body);
  }
  return execute(statement.otherwise);
}

Result<Evaluator::Flow> Evaluator::execute_for(const ForStatement& statement) {
  const Value iterable = TRY(evaluate(*statement.iterable));
  if (!statement.recursive) return run_loop(statement, iterable, 0, false);
  TRY(print(TRY(run_recursive_loop(statement, current_, iterable, 0))));
  return Flow::kNext;
}

Result<Evaluator::Flow> Evaluator::run_loop(const ForStatement& statement, const Value& iterable, int depth0,
                                            bool is_function) {
  Ref<IteratorObject> items = TRY(iterate(runtime_, iterable));
  Value source = iterable;
  if (statement.test) {
    const Ref<Activation> around = is_function ? current_->enclosing : current_;
    Ref<Activation> test = runtime_.heap().make_mutable<Activation>(statement.num_test_slots, around);
    items = runtime_.heap().make<FilteredItems>(*this, statement, std::move(items), std::move(test));
    source = items;
  }
  Ref<LoopObject> loop;
  if (statement.reads_loop) {
    LoopObject::Recursion recursion;
    if (is_function) recursion = {&statement, current_->enclosing};
    loop = runtime_.heap().make_mutable<LoopObject>(source, items, std::move(recursion), depth0);
  }
  bool completed = false;
  while (true) {
    TRY(runtime_.spend(1));
    std::optional<Value> item = TRY(loop ? loop->advance(runtime_) : items->next(runtime_));
    if (!item) break;
    TRY(assign(statement.target, std::move(*item)));
    if (loop) variable(statement.loop) = Value(loop);
    enter(statement.body_frame);
    const Flow flow = TRY(execute(statement.body));
    if (flow == Flow::kBreak) break;
    // As in jinja2, an item that ends in `continue` does not keep `else` from running.
    if (flow == Flow::kNext) completed = true;
  }
  leave(statement.body_frame);
  if (completed || statement.otherwise.empty()) return Flow::kNext;
  enter(statement.else_frame);
  const Flow flow = TRY(execute(statement.otherwise));
  leave(statement.else_frame);
  return flow;
}

Result<Value> Evaluator::run_recursive_loop(const ForStatement& statement, const Ref<Activation>& enclosing,
                                            const Value& iterable, int depth0) {
  if (call_depth_ >= runtime_.limits().max_depth) return too_deep("loops are", runtime_.limits().max_depth);
  const Swap<int> deeper(call_depth_, call_depth_ + 1);
  const Swap<Ref<Activation>> inside(
      current_, runtime_.heap().make_mutable<Activation>(statement.num_slots, enclosing));
  TextBuilder text(runtime_);
  const Swap<TextBuilder*> output(out_, &text);
  TRY(run_loop(statement, iterable, depth0, true));
  return runtime_.string(text.take());
}

Status Evaluator::execute_set(const SetStatement& statement) {
  TRY(check_namespaces(statement.target));
  return assign(statement.target, TRY(evaluate(*statement.value)));
}

Result<Evaluator::Flow> Evaluator::capture(const Body& body, std::optional<Value>& text) {
  TextBuilder caught(runtime_);
  const Swap<TextBuilder*> output(out_, &caught);
  const Flow flow = TRY(execute(body));
  text = TRY(runtime_.string(caught.take()));
  return flow;
}

Result<Evaluator::Flow> Evaluator::execute_set_block(const SetBlockStatement& statement) {
  enter(statement.frame);
  std::optional<Value> text;
  const Flow flow = TRY(capture(statement.body, text));
  if (flow != Flow::kNext) return flow;
  Value value = *text;
  if (statement.filter) {
    const Swap<const Value*> input(caught_, &*text);
    value = TRY(evaluate(*statement.filter));
  }
  TRY(assign(statement.target, std::move(value)));
  leave(statement.frame);
  return Flow::kNext;
}

Result<Evaluator::Flow> Evaluator::execute_filter_block(const FilterBlockStatement& statement) {
  enter(statement.frame);
  std::optional<Value> text;
  const Flow flow = TRY(capture(statement.body, text));
  if (flow != Flow::kNext) return flow;
  {
    const Swap<const Value*> input(caught_, &*text);
    TRY(print_block(TRY(evaluate(*statement.filter))));
  }
  leave(statement.frame);
  return Flow::kNext;
}

Result<Evaluator::Flow> Evaluator::execute_with(const WithStatement& statement) {
  enter(statement.frame);
  for (const auto& [target, value] : statement.assignments) TRY(assign(target, TRY(evaluate(*value))));
  const Flow flow = TRY(execute(statement.body));
  leave(statement.frame);
  return flow;
}

Status Evaluator::execute_call_block(const CallBlockStatement& statement) {
  const Value caller = make_macro(statement.caller);
  return print_block(TRY(evaluate_call(static_cast<const CallExpr&>(*statement.call), &caller)));
}

// Calls

Value Evaluator::make_macro(const MacroStatement& statement) {
  return runtime_.heap().make<MacroObject>(statement.name, statement.signature, statement, current_);
}

Result<Value> Evaluator::call(const Value& callee, Args& args) {
  switch (callee.type()) {
    case Type::kFunction: {
      const auto& function = callee.object<FunctionObject>();
      return function.function(runtime_, function.self, args);
    }
    case Type::kMacro:
      return call_macro(callee.object<MacroObject>(), args);
    case Type::kLoop: {
      const auto& loop = callee.object<LoopObject>();
      const auto [items] = TRY(bind_args("loop", args, {{"iterable", true}}));
      if (loop.recursion().statement == nullptr) {
        return fail(ErrorCode::kInvalidArgument,
                    "the loop must have the 'recursive' marker to be called recursively");
      }
      const Ref<Activation> enclosing(static_cast<Activation*>(loop.recursion().enclosing.get()));
      return run_recursive_loop(*loop.recursion().statement, enclosing, *items, loop.depth());
    }
    case Type::kJoiner: {
      TRY(bind_nothing("joiner", args));
      auto& joiner = callee.object<JoinerObject>();
      return std::exchange(joiner.used, true) ? joiner.separator : runtime_.string("");
    }
    case Type::kUndefined:
      return undefined_error(callee);
    default:
      return fail(ErrorCode::kInvalidArgument, "'{}' object is not callable", type_name(callee));
  }
}

/// The part of a macro's arguments that its named parameters do not take.
Status Evaluator::bind_rest(const MacroObject& macro, Args& args, Activation& activation) {
  const MacroSignature& signature = *macro.signature;
  const size_t num_params = signature.params.size();
  if (signature.catches_kwargs) {
    Dict rest;
    for (Keyword& keyword : args.keywords) {
      Value name = TRY(runtime_.string(keyword.name));
      rest.append(std::move(name), std::move(keyword.value));
    }
    activation.slots[macro.statement->kwargs_slot] = TRY(runtime_.dict(std::move(rest)));
  } else if (!args.keywords.empty()) {
    return fail(ErrorCode::kInvalidArgument, "macro '{}' takes no keyword argument '{}'", macro.name,
                args.keywords.front().name);
  }
  const size_t num_extra = args.positional.size() - std::min(args.positional.size(), num_params);
  if (signature.catches_varargs) {
    std::vector<Value> rest(args.positional.end() - ptrdiff_t(num_extra), args.positional.end());
    activation.slots[macro.statement->varargs_slot] = TRY(runtime_.tuple(std::move(rest)));
  } else if (num_extra > 0) {
    return fail(ErrorCode::kInvalidArgument, "macro '{}' takes not more than {} argument(s)", macro.name,
                num_params);
  }
  return {};
}

Status Evaluator::bind_macro(const MacroObject& macro, Args& args, Activation& activation) {
  const MacroSignature& signature = *macro.signature;
  const MacroStatement& statement = *macro.statement;
  const size_t num_params = signature.params.size();
  const size_t num_given = std::min(args.positional.size(), num_params);
  bool found_caller = num_given == num_params && signature.explicit_caller;
  for (size_t i = 0; i < num_params; ++i) {
    const std::string& name = signature.params[i].name;
    if (i >= num_given && name == "caller") found_caller = true;
    activation.slots[statement.param_slots[i]] = i < num_given ? args.positional[i] : args.take(name);
  }
  if (signature.reads_caller && !found_caller) {
    const std::optional<Value> caller = args.take("caller");
    activation.slots[statement.caller_slot] =
        caller && !caller->is_none() ? *caller
                                     : runtime_.undefined(UndefinedObject::Kind::kHint, "no caller defined");
  }
  return bind_rest(macro, args, activation);
}

Result<Value> Evaluator::run_macro(const MacroStatement& statement, const Ref<Activation>& activation) {
  const Swap<Ref<Activation>> inside(current_, activation);
  enter(statement.frame);
  const auto& params = statement.signature.params;
  for (size_t i = 0; i < params.size(); ++i) {
    if (current_->slots[statement.param_slots[i]]) continue;
    const size_t num_required = params.size() - statement.defaults.size();
    const std::string hint = "parameter '" + params[i].name + "' was not provided";
    Value value = i < num_required ? runtime_.undefined(UndefinedObject::Kind::kHint, hint)
                                   : TRY(evaluate(*statement.defaults[i - num_required]));
    current_->slots[statement.param_slots[i]] = std::move(value);
  }
  TextBuilder text(runtime_);
  const Swap<TextBuilder*> output(out_, &text);
  TRY(execute(statement.body));
  return runtime_.string(text.take());
}

Result<Value> Evaluator::call_macro(const MacroObject& macro, Args& args) {
  const int max_depth = runtime_.limits().max_depth;
  if (call_depth_ >= max_depth) return too_deep("calls of macros are", max_depth);
  const Swap<int> deeper(call_depth_, call_depth_ + 1);
  TRY(runtime_.spend(macro.statement->num_slots));
  const Ref<Activation> enclosing(static_cast<Activation*>(macro.enclosing.get()));
  const Ref<Activation> activation =
      runtime_.heap().make_mutable<Activation>(macro.statement->num_slots, enclosing);
  runtime_.heap().recharge(*activation,
                           sizeof(Activation) + activation->slots.size() * sizeof(activation->slots[0]));
  TRY(bind_macro(macro, args, *activation));
  return run_macro(*macro.statement, activation);
}

}  // namespace hearth::jinja
