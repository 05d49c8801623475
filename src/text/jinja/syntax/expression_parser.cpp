#include "text/jinja/syntax/expression_parser.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "text/jinja/library/filters.h"
#include "text/jinja/value/number.h"

namespace hearth::jinja {

Status ExpressionParser::Nesting::check() const {
  if (parser_.depth_ <= parser_.max_depth_) return {};
  return fail(ErrorCode::kResourceLimit, "line {}: the template is nested deeper than {} levels",
              parser_.line(), parser_.max_depth_);
}

Status ExpressionParser::advance() {
  if (ahead_) {
    current_ = std::move(*ahead_);
    ahead_.reset();
  } else {
    current_ = TRY(lexer_.next());
  }
  return {};
}

Result<const Token*> ExpressionParser::peek() {
  if (!ahead_) ahead_ = TRY(lexer_.next());
  return &*ahead_;
}

std::unexpected<Error> ExpressionParser::unexpected_token(std::string_view wanted) const {
  return fail(ErrorCode::kCorruptData, "line {}: expected {}, found {}", line(), wanted, describe(current_));
}

Result<bool> ExpressionParser::skip_operator(std::string_view sign) {
  if (!at_operator(sign)) return false;
  TRY(advance());
  return true;
}

Result<bool> ExpressionParser::skip_name(std::string_view name) {
  if (!at_name(name)) return false;
  TRY(advance());
  return true;
}

Status ExpressionParser::expect_operator(std::string_view sign) {
  if (!at_operator(sign)) return unexpected_token(fmt::format("'{}'", sign));
  return advance();
}

Status ExpressionParser::expect_name(std::string_view name) {
  if (!at_name(name)) return unexpected_token(fmt::format("'{}'", name));
  return advance();
}

Status ExpressionParser::expect_kind(TokenKind kind, std::string_view what) {
  if (current_.kind != kind) return unexpected_token(what);
  return advance();
}

Result<std::string> ExpressionParser::take_name() {
  if (current_.kind != TokenKind::kName) return unexpected_token("a name");
  std::string name = std::move(current_.text);
  TRY(advance());
  return name;
}

Status ExpressionParser::raise(Expr& node, const ExprPtr& child) const {
  if (child == nullptr) return {};
  node.height = std::max(node.height, child->height + 1);
  if (node.height <= 2 * max_depth_) return {};
  return fail(ErrorCode::kResourceLimit, "line {}: an expression is nested deeper than {} levels", node.line,
              2 * max_depth_);
}

Result<ExprPtr> ExpressionParser::parse_expression(bool conditionals) {
  const Nesting nesting(*this);
  TRY(nesting.check());
  return conditionals ? parse_conditional() : parse_or();
}

Result<ExprPtr> ExpressionParser::parse_conditional() {
  const uint32_t at = line();
  ExprPtr value = TRY(parse_or());
  while (TRY(skip_name("if"))) {
    auto node = std::make_unique<ConditionalExpr>(at);
    node->then = std::move(value);
    node->test = TRY(parse_or());
    if (TRY(skip_name("else"))) node->otherwise = TRY(parse_expression());
    for (const ExprPtr* child : {&node->then, &node->test, &node->otherwise}) TRY(raise(*node, *child));
    value = std::move(node);
  }
  return value;
}

Result<ExprPtr> ExpressionParser::parse_logical(bool is_or) {
  const uint32_t at = line();
  ExprPtr first = TRY(is_or ? parse_and() : parse_not());
  const std::string_view word = is_or ? "or" : "and";
  if (!at_name(word)) return first;
  auto node = std::make_unique<LogicalExpr>(at);
  node->is_or = is_or;
  TRY(raise(*node, first));
  node->operands.push_back(std::move(first));
  while (TRY(skip_name(word))) {
    node->operands.push_back(TRY(is_or ? parse_and() : parse_not()));
    TRY(raise(*node, node->operands.back()));
  }
  return node;
}

Result<ExprPtr> ExpressionParser::parse_or() { return parse_logical(true); }
Result<ExprPtr> ExpressionParser::parse_and() { return parse_logical(false); }

Result<ExprPtr> ExpressionParser::parse_not() {
  if (!at_name("not")) return parse_compare();
  const Nesting nesting(*this);
  TRY(nesting.check());
  auto node = std::make_unique<UnaryExpr>(ExprKind::kNot, line());
  TRY(advance());
  node->operand = TRY(parse_not());
  TRY(raise(*node, node->operand));
  return node;
}

Result<std::optional<CompareOp>> ExpressionParser::take_compare_operator() {
  struct Sign {
    std::string_view text;
    CompareOp op;
  };
  static constexpr Sign kSigns[] = {{"==", CompareOp::kEqual},  {"!=", CompareOp::kNotEqual},
                                    {"<", CompareOp::kLess},    {"<=", CompareOp::kLessEqual},
                                    {">", CompareOp::kGreater}, {">=", CompareOp::kGreaterEqual}};
  for (const Sign& sign : kSigns) {
    if (TRY(skip_operator(sign.text))) return sign.op;
  }
  if (TRY(skip_name("in"))) return CompareOp::kIn;
  if (at_name("not") && TRY(peek())->is_name("in")) {
    TRY(advance());
    TRY(advance());
    return CompareOp::kNotIn;
  }
  return std::nullopt;
}

Result<ExprPtr> ExpressionParser::parse_compare() {
  const uint32_t at = line();
  ExprPtr first = TRY(parse_sum());
  std::optional<CompareOp> op = TRY(take_compare_operator());
  if (!op) return first;
  auto node = std::make_unique<CompareExpr>(at);
  TRY(raise(*node, first));
  node->first = std::move(first);
  for (; op; op = TRY(take_compare_operator())) {
    node->rest.emplace_back(*op, TRY(parse_sum()));
    TRY(raise(*node, node->rest.back().second));
  }
  return node;
}

template <typename Find, typename Parse>
Result<ExprPtr> ExpressionParser::parse_binary(Find find_operator, Parse parse_operand) {
  const uint32_t at = line();
  ExprPtr first = TRY(parse_operand());
  std::optional<BinaryOp> op = find_operator();
  if (!op) return first;
  auto node = std::make_unique<BinaryExpr>(at);
  TRY(raise(*node, first));
  node->first = std::move(first);
  for (; op; op = find_operator()) {
    TRY(advance());
    node->rest.emplace_back(*op, TRY(parse_operand()));
    TRY(raise(*node, node->rest.back().second));
  }
  return node;
}

Result<ExprPtr> ExpressionParser::parse_sum() {
  const auto find_operator = [this]() -> std::optional<BinaryOp> {
    if (at_operator("+")) return BinaryOp::kAdd;
    if (at_operator("-")) return BinaryOp::kSub;
    return std::nullopt;
  };
  return parse_binary(find_operator, [this] { return parse_concat(); });
}

Result<ExprPtr> ExpressionParser::parse_concat() {
  const uint32_t at = line();
  ExprPtr first = TRY(parse_product());
  if (!at_operator("~")) return first;
  auto node = std::make_unique<ItemsExpr>(ExprKind::kConcat, at);
  TRY(raise(*node, first));
  node->items.push_back(std::move(first));
  while (TRY(skip_operator("~"))) {
    node->items.push_back(TRY(parse_product()));
    TRY(raise(*node, node->items.back()));
  }
  return node;
}

Result<ExprPtr> ExpressionParser::parse_product() {
  const auto find_operator = [this]() -> std::optional<BinaryOp> {
    if (at_operator("*")) return BinaryOp::kMul;
    if (at_operator("/")) return BinaryOp::kDiv;
    if (at_operator("//")) return BinaryOp::kFloorDiv;
    if (at_operator("%")) return BinaryOp::kMod;
    return std::nullopt;
  };
  return parse_binary(find_operator, [this] { return parse_power(); });
}

Result<ExprPtr> ExpressionParser::parse_power() {
  const auto find_operator = [this]() -> std::optional<BinaryOp> {
    if (at_operator("**")) return BinaryOp::kPow;
    return std::nullopt;
  };
  return parse_binary(find_operator, [this] { return parse_unary(true); });
}

Result<ExprPtr> ExpressionParser::parse_unary(bool with_filters) {
  if (at_operator("-") || at_operator("+")) return parse_sign(with_filters);
  ExprPtr node = TRY(parse_postfix(TRY(parse_primary())));
  return with_filters ? parse_filters_and_tests(std::move(node)) : Result<ExprPtr>(std::move(node));
}

Result<ExprPtr> ExpressionParser::parse_sign(bool with_filters) {
  const Nesting nesting(*this);
  TRY(nesting.check());
  auto sign = std::make_unique<UnaryExpr>(at_operator("-") ? ExprKind::kNegate : ExprKind::kPlus, line());
  TRY(advance());
  sign->operand = TRY(parse_unary(false));
  TRY(raise(*sign, sign->operand));
  ExprPtr node = TRY(parse_postfix(std::move(sign)));
  return with_filters ? parse_filters_and_tests(std::move(node)) : Result<ExprPtr>(std::move(node));
}

Result<ExprPtr> ExpressionParser::parse_primary() {
  switch (current_.kind) {
    case TokenKind::kName:
      return parse_name();
    case TokenKind::kString:
      return parse_string();
    case TokenKind::kInteger:
    case TokenKind::kFloat:
      return parse_number();
    default:
      break;
  }
  if (TRY(skip_operator("("))) {
    ExprPtr node = TRY(parse_tuple({.parentheses = true}));
    TRY(expect_operator(")"));
    return node;
  }
  if (at_operator("[")) return parse_list();
  if (at_operator("{")) return parse_dict();
  return unexpected_token("an expression");
}

Result<ExprPtr> ExpressionParser::parse_name() {
  const uint32_t at = line();
  std::string name = TRY(take_name());
  if (name == "true" || name == "True") return std::make_unique<ConstantExpr>(at, Value::boolean(true));
  if (name == "false" || name == "False") return std::make_unique<ConstantExpr>(at, Value::boolean(false));
  if (name == "none" || name == "None") return std::make_unique<ConstantExpr>(at, Value::none());
  return std::make_unique<NameExpr>(at, std::move(name));
}

Result<ExprPtr> ExpressionParser::parse_string() {
  auto node = std::make_unique<StringExpr>(line(), "");
  while (current_.kind == TokenKind::kString) {
    node->text += current_.text;
    TRY(advance());
  }
  node->index = num_strings_++;
  return node;
}

Result<ExprPtr> ExpressionParser::parse_number() {
  Value value;
  if (current_.kind == TokenKind::kFloat) {
    value = Value::real(parse_float(current_.text).value_or(std::numeric_limits<double>::infinity()));
  } else {
    const std::optional<Wide> number = parse_int(current_.text, 0);
    const Result<Value> integer = number ? Value::wide(*number) : Value::wide(Wide(1) << 100);
    if (!integer) return fail(integer.error().code, "line {}: {}", line(), integer.error().message);
    value = *integer;
  }
  auto node = std::make_unique<ConstantExpr>(line(), std::move(value));
  TRY(advance());
  return node;
}

Result<ExprPtr> ExpressionParser::parse_tuple(TupleRule rule) {
  const uint32_t at = line();
  auto node = std::make_unique<ItemsExpr>(ExprKind::kTuple, at);
  const auto at_end = [&] {
    return current_.kind == TokenKind::kVariableEnd || current_.kind == TokenKind::kBlockEnd ||
           at_operator(")");
  };
  bool is_tuple = false;
  while (true) {
    if (!node->items.empty()) TRY(expect_operator(","));
    if (at_end()) break;
    node->items.push_back(TRY(parse_expression(rule.conditionals)));
    TRY(raise(*node, node->items.back()));
    if (!at_operator(",")) break;
    is_tuple = true;
  }
  if (!is_tuple && !node->items.empty()) return std::move(node->items.front());
  if (!is_tuple && !rule.parentheses) return unexpected_token("an expression");
  return node;
}

Result<ExprPtr> ExpressionParser::parse_list() {
  auto node = std::make_unique<ItemsExpr>(ExprKind::kList, line());
  TRY(expect_operator("["));
  while (!at_operator("]")) {
    if (!node->items.empty()) TRY(expect_operator(","));
    if (at_operator("]")) break;
    node->items.push_back(TRY(parse_expression()));
    TRY(raise(*node, node->items.back()));
  }
  TRY(advance());
  return node;
}

Result<ExprPtr> ExpressionParser::parse_dict() {
  auto node = std::make_unique<DictExpr>(line());
  TRY(expect_operator("{"));
  while (!at_operator("}")) {
    if (!node->entries.empty()) TRY(expect_operator(","));
    if (at_operator("}")) break;
    ExprPtr key = TRY(parse_expression());
    TRY(raise(*node, key));
    TRY(expect_operator(":"));
    ExprPtr value = TRY(parse_expression());
    TRY(raise(*node, value));
    node->entries.emplace_back(std::move(key), std::move(value));
  }
  TRY(advance());
  return node;
}

Result<ExprPtr> ExpressionParser::parse_postfix(ExprPtr node) {
  while (true) {
    if (at_operator(".")) {
      node = TRY(parse_attribute(std::move(node)));
    } else if (at_operator("[")) {
      node = TRY(parse_subscript(std::move(node)));
    } else if (at_operator("(")) {
      node = TRY(parse_call(std::move(node)));
    } else {
      return node;
    }
  }
}

Result<ExprPtr> ExpressionParser::parse_filters_and_tests(ExprPtr node) {
  while (true) {
    if (at_operator("|")) {
      node = TRY(parse_filters(std::move(node)));
    } else if (at_name("is")) {
      node = TRY(parse_test(std::move(node)));
    } else if (at_operator("(")) {
      node = TRY(parse_call(std::move(node)));
    } else {
      return node;
    }
  }
}

Result<ExprPtr> ExpressionParser::parse_attribute(ExprPtr object) {
  const uint32_t at = line();
  TRY(advance());
  if (current_.kind == TokenKind::kInteger) {
    auto node = std::make_unique<SubscriptExpr>(at);
    node->object = std::move(object);
    node->key = TRY(parse_number());
    TRY(raise(*node, node->object));
    return node;
  }
  auto node = std::make_unique<AttributeExpr>(at);
  node->name = TRY(take_name());
  node->object = std::move(object);
  TRY(raise(*node, node->object));
  return node;
}

Result<ExprPtr> ExpressionParser::parse_slice(ExprPtr object, ExprPtr start, uint32_t at) {
  auto node = std::make_unique<SliceExpr>(at);
  node->object = std::move(object);
  node->start = std::move(start);
  const auto at_end = [this] { return at_operator("]") || at_operator(","); };
  TRY(expect_operator(":"));
  if (!at_operator(":") && !at_end()) node->stop = TRY(parse_expression());
  if (TRY(skip_operator(":")) && !at_end()) node->step = TRY(parse_expression());
  for (const ExprPtr* child : {&node->object, &node->start, &node->stop, &node->step})
    TRY(raise(*node, *child));
  if (at_operator(","))
    return fail(ErrorCode::kUnsupported, "line {}: a slice in a tuple of indices", line());
  TRY(expect_operator("]"));
  return node;
}

Result<ExprPtr> ExpressionParser::parse_subscript(ExprPtr object) {
  const uint32_t at = line();
  TRY(advance());
  if (at_operator(":")) return parse_slice(std::move(object), nullptr, at);
  auto keys = std::make_unique<ItemsExpr>(ExprKind::kTuple, at);
  while (!at_operator("]")) {
    if (!keys->items.empty()) TRY(expect_operator(","));
    if (at_operator(":"))
      return fail(ErrorCode::kUnsupported, "line {}: a slice in a tuple of indices", line());
    keys->items.push_back(TRY(parse_expression()));
    TRY(raise(*keys, keys->items.back()));
    if (at_operator(":")) {
      if (keys->items.size() > 1)
        return fail(ErrorCode::kUnsupported, "line {}: a slice in a tuple of indices", line());
      return parse_slice(std::move(object), std::move(keys->items.front()), at);
    }
  }
  TRY(advance());
  auto node = std::make_unique<SubscriptExpr>(at);
  node->object = std::move(object);
  node->key = keys->items.size() == 1 ? std::move(keys->items.front()) : ExprPtr(std::move(keys));
  TRY(raise(*node, node->object));
  TRY(raise(*node, node->key));
  return node;
}

Status ExpressionParser::parse_argument(CallArguments& arguments, Expr& node) {
  const bool starred = arguments.more_positional != nullptr,
             double_starred = arguments.more_keywords != nullptr;
  const auto misplaced = [this] {
    return fail(ErrorCode::kCorruptData, "line {}: arguments in an invalid order", line());
  };
  if (at_operator("*")) {
    if (starred || double_starred) return misplaced();
    TRY(advance());
    arguments.more_positional = TRY(parse_expression());
    return raise(node, arguments.more_positional);
  }
  if (at_operator("**")) {
    if (double_starred) return misplaced();
    TRY(advance());
    arguments.more_keywords = TRY(parse_expression());
    return raise(node, arguments.more_keywords);
  }
  if (current_.kind == TokenKind::kName && TRY(peek())->is_operator("=")) {
    if (double_starred) return misplaced();
    std::string name = TRY(take_name());
    TRY(advance());
    const bool repeated =
        std::ranges::any_of(arguments.keywords, [&](const auto& keyword) { return keyword.first == name; });
    if (repeated)
      return fail(ErrorCode::kCorruptData, "line {}: the argument '{}' is given twice", line(), name);
    arguments.keywords.emplace_back(std::move(name), TRY(parse_expression()));
    return raise(node, arguments.keywords.back().second);
  }
  if (starred || double_starred || !arguments.keywords.empty()) return misplaced();
  arguments.positional.push_back(TRY(parse_expression()));
  return raise(node, arguments.positional.back());
}

Status ExpressionParser::parse_arguments(CallArguments& arguments, Expr& node) {
  TRY(expect_operator("("));
  bool first = true;
  while (!at_operator(")")) {
    if (!first) {
      TRY(expect_operator(","));
      if (at_operator(")")) break;
    }
    first = false;
    TRY(parse_argument(arguments, node));
  }
  return advance();
}

Result<ExprPtr> ExpressionParser::parse_call(ExprPtr callee) {
  auto node = std::make_unique<CallExpr>(line());
  node->callee = std::move(callee);
  TRY(raise(*node, node->callee));
  TRY(parse_arguments(node->arguments, *node));
  return node;
}

Result<std::string> ExpressionParser::parse_dotted_name() {
  std::string name = TRY(take_name());
  while (TRY(skip_operator("."))) name += '.' + TRY(take_name());
  return name;
}

Result<ExprPtr> ExpressionParser::parse_named_filter(ExprPtr input) {
  auto node = std::make_unique<ApplyExpr>(ExprKind::kFilter, line());
  node->name = TRY(parse_dotted_name());
  node->function = find_filter(node->name);
  node->input = std::move(input);
  TRY(raise(*node, node->input));
  if (at_operator("(")) TRY(parse_arguments(node->arguments, *node));
  return node;
}

Result<ExprPtr> ExpressionParser::parse_filters(ExprPtr input) {
  while (TRY(skip_operator("|"))) input = TRY(parse_named_filter(std::move(input)));
  return input;
}

Result<ExprPtr> ExpressionParser::parse_test(ExprPtr input) {
  const uint32_t at = line();
  TRY(advance());
  const bool negated = TRY(skip_name("not"));
  auto node = std::make_unique<ApplyExpr>(ExprKind::kTest, at);
  node->name = TRY(parse_dotted_name());
  node->function = find_test(node->name);
  node->input = std::move(input);
  TRY(raise(*node, node->input));
  const bool word =
      current_.kind == TokenKind::kName && !at_name("else") && !at_name("or") && !at_name("and");
  const bool value = current_.kind == TokenKind::kString || current_.kind == TokenKind::kInteger ||
                     current_.kind == TokenKind::kFloat || at_operator("[") || at_operator("{");
  if (at_operator("(")) {
    TRY(parse_arguments(node->arguments, *node));
  } else if (word || value) {
    if (at_name("is"))
      return fail(ErrorCode::kCorruptData, "line {}: tests cannot be chained with 'is'", line());
    const Nesting nesting(*this);
    TRY(nesting.check());
    node->arguments.positional.push_back(TRY(parse_postfix(TRY(parse_primary()))));
    TRY(raise(*node, node->arguments.positional.back()));
  }
  if (!negated) return node;
  auto opposite = std::make_unique<UnaryExpr>(ExprKind::kNot, at);
  opposite->operand = std::move(node);
  TRY(raise(*opposite, opposite->operand));
  return opposite;
}

}  // namespace hearth::jinja
