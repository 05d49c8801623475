#include "text/jinja/syntax/parser.h"

#include <algorithm>
#include <array>

#include "text/jinja/syntax/expression_parser.h"
#include "text/jinja/syntax/resolver.h"

namespace hearth::jinja {

namespace {

/// The grammar of statements.
class Parser : public ExpressionParser {
 public:
  using ExpressionParser::ExpressionParser;

  Result<Program> parse_program() {
    Program program;
    TRY(start());
    program.body = TRY(parse_body({}));
    program.num_strings = num_strings();
    return program;
  }

 private:
  using Words = std::initializer_list<std::string_view>;

  /// Statements up to a tag of one of `ends`, whose name is then the current token; with no ends, up to the
  /// end of the template.
  Result<Body> parse_body(Words ends) {
    const Nesting nesting(*this);
    TRY(nesting.check());
    Body body;
    while (current().kind != TokenKind::kEnd) {
      const uint32_t at = line();
      if (current().kind == TokenKind::kText) {
        body.push_back(std::make_unique<TextStatement>(at, current().text));
        TRY(advance());
        continue;
      }
      if (current().kind == TokenKind::kVariableBegin) {
        TRY(advance());
        body.push_back(std::make_unique<OutputStatement>(at, TRY(parse_tuple({}))));
        TRY(expect_kind(TokenKind::kVariableEnd, "'}}'"));
        continue;
      }
      TRY(expect_kind(TokenKind::kBlockBegin, "'{%'"));
      if (std::ranges::any_of(ends, [&](std::string_view end) { return at_name(end); })) return body;
      TRY(parse_statement(body));
      TRY(expect_kind(TokenKind::kBlockEnd, "'%}'"));
    }
    if (ends.size() == 0) return body;
    return fail(ErrorCode::kCorruptData, "line {}: the template ends where '{}' is expected", line(),
                *(ends.end() - 1));
  }

  /// The body of a tag: the rest of the tag's mark, then statements up to one of `ends`.
  Result<Body> parse_block(Words ends) {
    TRY(skip_operator(":"));
    TRY(expect_kind(TokenKind::kBlockEnd, "'%}'"));
    return parse_body(ends);
  }

  /// The same up to the one end tag, whose name is taken.
  Result<Body> parse_whole_block(std::string_view end) {
    Body body = TRY(parse_block({end}));
    TRY(advance());
    return body;
  }

  Status parse_statement(Body& body) {
    const uint32_t at = line();
    if (current().kind != TokenKind::kName) return unexpected_token("the name of a tag");
    struct Tag {
      std::string_view name;
      Result<StatementPtr> (Parser::*parse)(uint32_t at);
    };
    static constexpr Tag kTags[] = {
        {"if", &Parser::parse_if},         {"for", &Parser::parse_for},
        {"set", &Parser::parse_set},       {"macro", &Parser::parse_macro},
        {"call", &Parser::parse_call_tag}, {"filter", &Parser::parse_filter_tag},
        {"with", &Parser::parse_with},     {"generation", &Parser::parse_generation},
        {"break", &Parser::parse_jump},    {"continue", &Parser::parse_jump},
    };
    const std::string name = current().text;
    if (name == "print") return parse_print(body);
    const auto tag = std::ranges::find(kTags, name, &Tag::name);
    if (tag == std::end(kTags)) return unknown_tag(name);
    if (tag->parse != &Parser::parse_jump) TRY(advance());
    body.push_back(TRY((this->*tag->parse)(at)));
    return {};
  }

  Status unknown_tag(std::string_view name) const {
    static constexpr std::string_view kParts[] = {"elif", "else"};
    const bool misplaced = name.starts_with("end") || std::ranges::find(kParts, name) != std::end(kParts);
    if (misplaced) return fail(ErrorCode::kCorruptData, "line {}: '{}' does not belong here", line(), name);
    return fail(ErrorCode::kUnsupported, "line {}: the tag '{}' is not supported", line(), name);
  }

  Result<StatementPtr> parse_if(uint32_t at) {
    auto node = std::make_unique<IfStatement>(at);
    while (true) {
      ExprPtr test = TRY(parse_tuple({.conditionals = false}));
      Body body = TRY(parse_block({"elif", "else", "endif"}));
      node->branches.emplace_back(std::move(test), std::move(body));
      const std::string word = TRY(take_name());
      if (word == "elif") continue;
      if (word == "else") node->otherwise = TRY(parse_whole_block("endif"));
      return node;
    }
  }

  Result<StatementPtr> parse_for(uint32_t at) {
    auto node = std::make_unique<ForStatement>(at);
    ++open_loops_;
    node->target = TRY(parse_target({}, false));
    TRY(expect_name("in"));
    node->iterable = TRY(parse_tuple({.conditionals = false}));
    if (TRY(skip_name("if"))) node->test = TRY(parse_expression());
    node->recursive = TRY(skip_name("recursive"));
    const bool outer_jumps = std::exchange(may_jump_, true);
    node->body = TRY(parse_block({"else", "endfor"}));
    may_jump_ = outer_jumps && !node->recursive;
    if (TRY(take_name()) == "else") node->otherwise = TRY(parse_whole_block("endfor"));
    may_jump_ = outer_jumps;
    --open_loops_;
    node->test_target = node->target;
    return node;
  }

  Result<StatementPtr> parse_set(uint32_t at) {
    Target target = TRY(parse_target({}, true));
    if (TRY(skip_operator("="))) {
      auto node = std::make_unique<SetStatement>(at);
      node->target = std::move(target);
      node->value = TRY(parse_tuple({}));
      return node;
    }
    auto node = std::make_unique<SetBlockStatement>(at);
    node->target = std::move(target);
    node->filter = TRY(parse_filters(nullptr));
    node->body = TRY(parse_whole_block("endset"));
    return node;
  }

  /// The body of something that becomes a function: no jump leads out of it.
  Result<Body> parse_function_body(std::string_view end) {
    const bool outer_jumps = std::exchange(may_jump_, false);
    Body body = TRY(parse_whole_block(end));
    may_jump_ = outer_jumps;
    return body;
  }

  Status parse_signature(MacroStatement& macro) {
    TRY(expect_operator("("));
    while (!at_operator(")")) {
      if (!macro.signature.params.empty()) TRY(expect_operator(","));
      const std::string name = TRY(take_name());
      TRY(check_assignable(name));
      const auto& params = macro.signature.params;
      if (std::ranges::find(params, name, &MacroParam::name) != params.end()) {
        return fail(ErrorCode::kCorruptData, "line {}: the parameter '{}' occurs twice", line(), name);
      }
      macro.signature.params.push_back({name});
      if (TRY(skip_operator("="))) {
        macro.defaults.push_back(TRY(parse_expression()));
      } else if (!macro.defaults.empty()) {
        return fail(ErrorCode::kCorruptData,
                    "line {}: the parameter '{}' needs a default, as the one before it", line(), name);
      }
    }
    return advance();
  }

  Result<StatementPtr> parse_macro(uint32_t at) {
    auto node = std::make_unique<MacroStatement>(at);
    node->name = TRY(take_name());
    TRY(check_assignable(node->name));
    node->target.name = node->name;
    TRY(parse_signature(*node));
    node->body = TRY(parse_function_body("endmacro"));
    return node;
  }

  Result<StatementPtr> parse_call_tag(uint32_t at) {
    auto node = std::make_unique<CallBlockStatement>(at);
    if (at_operator("(")) TRY(parse_signature(node->caller));
    node->call = TRY(parse_expression());
    if (node->call->kind != ExprKind::kCall) {
      return fail(ErrorCode::kCorruptData, "line {}: 'call' needs a call of a macro", at);
    }
    node->caller.body = TRY(parse_function_body("endcall"));
    return node;
  }

  Result<StatementPtr> parse_filter_tag(uint32_t at) {
    auto node = std::make_unique<FilterBlockStatement>(at);
    node->filter = TRY(parse_filters(TRY(parse_named_filter(nullptr))));
    node->body = TRY(parse_whole_block("endfilter"));
    return node;
  }

  Result<StatementPtr> parse_with(uint32_t at) {
    auto node = std::make_unique<WithStatement>(at);
    while (current().kind != TokenKind::kBlockEnd) {
      if (!node->assignments.empty()) TRY(expect_operator(","));
      Target target = TRY(parse_target({}, false));
      TRY(expect_operator("="));
      node->assignments.emplace_back(std::move(target), TRY(parse_expression()));
    }
    node->body = TRY(parse_whole_block("endwith"));
    return node;
  }

  Result<StatementPtr> parse_generation(uint32_t at) {
    auto node = std::make_unique<GenerationStatement>(at);
    node->block.body = TRY(parse_function_body("endgeneration"));
    return node;
  }

  Result<StatementPtr> parse_jump(uint32_t at) {
    const bool is_break = at_name("break");
    if (!may_jump_)
      return fail(ErrorCode::kCorruptData, "line {}: '{}' outside of a loop", at, current().text);
    TRY(advance());
    return std::make_unique<JumpStatement>(is_break ? StatementKind::kBreak : StatementKind::kContinue, at);
  }

  Status parse_print(Body& body) {
    TRY(advance());
    for (bool first = true; current().kind != TokenKind::kBlockEnd; first = false) {
      if (!first) TRY(expect_operator(","));
      const uint32_t at = line();
      body.push_back(std::make_unique<OutputStatement>(at, TRY(parse_expression())));
    }
    return {};
  }

  Status check_assignable(std::string_view name) const {
    static constexpr std::string_view kConstants[] = {"true", "false", "none", "True", "False", "None"};
    if (std::ranges::find(kConstants, name) == std::end(kConstants)) return {};
    return fail(ErrorCode::kCorruptData, "line {}: cannot assign to '{}'", line(), name);
  }

  /// One name, an attribute of a namespace where allowed, or a tuple of them in parentheses.
  Result<Target> parse_single_target(bool attributes) {
    const Nesting nesting(*this);
    TRY(nesting.check());
    if (TRY(skip_operator("("))) {
      Target target = TRY(parse_target({.parentheses = true}, false));
      TRY(expect_operator(")"));
      return target;
    }
    Target target;
    target.name = TRY(take_name());
    TRY(check_assignable(target.name));
    if (attributes && TRY(skip_operator("."))) {
      target.kind = Target::Kind::kAttribute;
      target.attribute = TRY(take_name());
      return target;
    }
    if (target.name == "loop" && open_loops_ > 0) {
      return fail(ErrorCode::kCorruptData, "line {}: cannot assign to 'loop' inside of a for loop", line());
    }
    return target;
  }

  Result<Target> parse_target(TupleRule rule, bool attributes) {
    Target tuple;
    tuple.kind = Target::Kind::kTuple;
    bool is_tuple = false;
    const auto at_end = [&] { return current().kind == TokenKind::kBlockEnd || at_operator(")"); };
    while (true) {
      if (!tuple.items.empty()) TRY(expect_operator(","));
      if (at_end()) break;
      tuple.items.push_back(TRY(parse_single_target(attributes)));
      if (!at_operator(",")) break;
      is_tuple = true;
    }
    if (!is_tuple && !tuple.items.empty()) {
      Target only = std::move(tuple.items.front());
      return only;
    }
    if (!is_tuple && !rule.parentheses) return unexpected_token("a name to assign to");
    return tuple;
  }

  int open_loops_ = 0;
  bool may_jump_ = false;
};

}  // namespace

Result<Program> parse(std::string_view source, const JinjaLimits& limits) {
  if (source.size() > limits.max_source) {
    return fail(ErrorCode::kResourceLimit, "the chat template is {} bytes long; at most {} are read",
                source.size(), limits.max_source);
  }
  Program program = TRY(Parser(source, limits.max_depth).parse_program());
  TRY(resolve(program));
  return program;
}

}  // namespace hearth::jinja
