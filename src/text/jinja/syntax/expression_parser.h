#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "text/jinja/syntax/ast.h"
#include "text/jinja/syntax/lexer.h"

namespace hearth::jinja {

/// The tokens of a template with a look at the next one, and the grammar of its expressions. Statements are
/// built on it. Errors: kCorruptData with the line; kResourceLimit for nesting.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view source, int max_depth) : lexer_(source), max_depth_(max_depth) {}

 protected:
  /// What a tuple may hold.
  struct TupleRule {
    bool conditionals = true;  ///< a if b else c
    bool parentheses = false;  ///< stands in (): may be empty
  };

  // Tokens
  Status start() { return advance(); }
  const Token& current() const { return current_; }
  uint32_t line() const { return current_.line; }
  Status advance();
  Result<const Token*> peek();
  bool at_operator(std::string_view sign) const { return current_.is_operator(sign); }
  bool at_name(std::string_view name) const { return current_.is_name(name); }
  Result<bool> skip_operator(std::string_view sign);
  Result<bool> skip_name(std::string_view name);
  Status expect_operator(std::string_view sign);
  Status expect_name(std::string_view name);
  Status expect_kind(TokenKind kind, std::string_view what);
  Result<std::string> take_name();
  std::unexpected<Error> unexpected_token(std::string_view wanted) const;

  // Expressions
  Result<ExprPtr> parse_expression(bool conditionals = true);
  Result<ExprPtr> parse_tuple(TupleRule rule);
  Result<ExprPtr> parse_filters(ExprPtr input);  ///< at `|`, or behind it with no input
  Result<ExprPtr> parse_named_filter(ExprPtr input);

  uint32_t num_strings() const { return num_strings_; }

  /// Notes that a node stands above `child`. Error: kResourceLimit for too high a tree.
  Status raise(Expr& node, const ExprPtr& child) const;

  /// Counts nesting in the source, so that the parser's own stack stays small.
  class Nesting;
  int depth_ = 0;
  int max_depth() const { return max_depth_; }

 private:
  Result<ExprPtr> parse_conditional();
  Result<ExprPtr> parse_or();
  Result<ExprPtr> parse_and();
  Result<ExprPtr> parse_logical(bool is_or);
  Result<ExprPtr> parse_not();
  Result<ExprPtr> parse_compare();
  Result<std::optional<CompareOp>> take_compare_operator();
  Result<ExprPtr> parse_sum();
  Result<ExprPtr> parse_concat();
  Result<ExprPtr> parse_product();
  Result<ExprPtr> parse_power();
  template <typename Find, typename Parse>
  Result<ExprPtr> parse_binary(Find find_operator, Parse parse_operand);
  Result<ExprPtr> parse_unary(bool with_filters);
  Result<ExprPtr> parse_sign(bool with_filters);
  Result<ExprPtr> parse_primary();
  Result<ExprPtr> parse_name();
  Result<ExprPtr> parse_string();
  Result<ExprPtr> parse_number();
  Result<ExprPtr> parse_list();
  Result<ExprPtr> parse_dict();
  Result<ExprPtr> parse_postfix(ExprPtr node);
  Result<ExprPtr> parse_filters_and_tests(ExprPtr node);
  Result<ExprPtr> parse_attribute(ExprPtr object);
  Result<ExprPtr> parse_subscript(ExprPtr object);
  Result<ExprPtr> parse_slice(ExprPtr object, ExprPtr start, uint32_t at);
  Result<ExprPtr> parse_call(ExprPtr callee);
  Result<ExprPtr> parse_test(ExprPtr input);
  Result<std::string> parse_dotted_name();
  Status parse_arguments(CallArguments& arguments, Expr& node);
  Status parse_argument(CallArguments& arguments, Expr& node);

  Lexer lexer_;
  const int max_depth_;
  Token current_;
  std::optional<Token> ahead_;
  uint32_t num_strings_ = 0;
};

/// One level of nesting, for as long as it lives.
class ExpressionParser::Nesting {
 public:
  explicit Nesting(ExpressionParser& parser) : parser_(parser) { ++parser_.depth_; }
  ~Nesting() { --parser_.depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

  Status check() const;

 private:
  ExpressionParser& parser_;
};

}  // namespace hearth::jinja
