#include "text/gotemplate/parser.h"

#include <algorithm>
#include <array>

#include "text/gotemplate/functions.h"
#include "text/gotemplate/lexer.h"

namespace hearth::gotemplate {

bool Program::reads_field(std::string_view name) const { return std::ranges::binary_search(fields, name); }

namespace {

using Kind = Token::Kind;

/// Where a list of nodes ended.
enum class End : uint8_t { kSource, kEnd, kElse };

class Parser {
 public:
  Parser(std::vector<Token> tokens, const JinjaLimits& limits)
      : tokens_(std::move(tokens)), limits_(limits) {}

  Result<Program> run() {
    Nodes nodes;
    if (TRY(parse_list(nodes)) != End::kSource) return broken("{{end}} or {{else}} without a beginning");
    program_.templates[""] = std::move(nodes);
    std::ranges::sort(program_.fields);
    const auto repeated = std::ranges::unique(program_.fields);
    program_.fields.erase(repeated.begin(), repeated.end());
    for (const auto& [name, line] : calls_) {
      if (!program_.templates.contains(name))
        return fail(ErrorCode::kCorruptData, "line {}: there is no template \"{}\"", line, name);
    }
    if (!program_.reads_field("Messages") && !program_.reads_field("Response")) add_response();
    return std::move(program_);
  }

 private:
  const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  bool is_mark(std::string_view text) const { return peek().kind == Kind::kMark && peek().text == text; }
  bool is_name(std::string_view text) const { return peek().kind == Kind::kName && peek().text == text; }
  void skip_space() {
    while (peek().kind == Kind::kSpace) take();
  }
  std::unexpected<Error> broken(std::string_view what) const {
    return fail(ErrorCode::kCorruptData, "line {}: {}", peek().line, what);
  }
  Status close() {
    skip_space();
    if (peek().kind != Kind::kClose) return broken("an action holds more than it should");
    take();
    return {};
  }

  void add_response() {
    Node node{.kind = Node::Kind::kAction, .order = ++order_};
    node.pipeline.commands.push_back({.operands = {Operand{.fields = {"Response"}}}});
    program_.response_order = node.order;
    program_.templates[""].push_back(std::move(node));
    program_.fields.emplace_back("Response");
  }

  Result<End> parse_list(Nodes& nodes) {
    while (true) {
      const Token& token = peek();
      if (token.kind == Kind::kEnd) return End::kSource;
      if (token.kind == Kind::kText) {
        nodes.push_back(
            {.kind = Node::Kind::kText, .line = token.line, .order = ++order_, .text = token.text});
        take();
        continue;
      }
      take();  // {{
      if (is_name("end")) {
        take();
        TRY(close());
        return End::kEnd;
      }
      if (is_name("else")) {
        take();
        return End::kElse;  // what follows is the caller's
      }
      TRY(parse_action(nodes));
    }
  }

  Status parse_action(Nodes& nodes) {
    const Token first = peek();
    if (is_name("if")) return parse_control(nodes, Node::Kind::kIf);
    if (is_name("range")) return parse_control(nodes, Node::Kind::kRange);
    if (is_name("with")) return parse_control(nodes, Node::Kind::kWith);
    if (is_name("define")) return parse_define();
    if (is_name("block")) return parse_block(nodes);
    if (is_name("template")) return parse_call(nodes);
    if (is_name("break") || is_name("continue")) {
      if (loop_depth_ == 0) return broken(fmt::format("{{{{{}}}}} outside of a range", first.text));
      take();
      nodes.push_back({.kind = first.text == "break" ? Node::Kind::kBreak : Node::Kind::kContinue,
                       .line = first.line,
                       .order = ++order_});
      return close();
    }
    Node node{.kind = Node::Kind::kAction, .line = first.line, .order = ++order_};
    in_action_ = true;
    node.pipeline = TRY(parse_pipeline(node.order));
    in_action_ = false;
    nodes.push_back(std::move(node));
    return close();
  }

  /// if, range or with, the keyword being next; also behind "else".
  Status parse_control(Nodes& nodes, Node::Kind kind) {
    if (++depth_ > limits_.max_depth) return too_deep();
    const size_t num_variables = variables_.size();
    Node node{.kind = kind, .line = take().line, .order = ++order_};
    node.pipeline = TRY(parse_pipeline(node.order, kind == Node::Kind::kRange));
    TRY(close());
    loop_depth_ += kind == Node::Kind::kRange ? 1 : 0;
    const End end = TRY(parse_list(node.body));
    loop_depth_ -= kind == Node::Kind::kRange ? 1 : 0;
    if (end == End::kSource) return broken("a block has no {{end}}");
    if (end == End::kElse) TRY(parse_else(node));
    variables_.resize(num_variables);
    nodes.push_back(std::move(node));
    --depth_;
    return {};
  }

  Status parse_else(Node& node) {
    skip_space();
    if (is_name("if") || is_name("with")) {
      // One {{end}} closes the whole chain.
      return parse_control(node.otherwise, is_name("if") ? Node::Kind::kIf : Node::Kind::kWith);
    }
    TRY(close());
    if (TRY(parse_list(node.otherwise)) != End::kEnd) return broken("a block has no {{end}}");
    return {};
  }

  Result<std::string> parse_name() {
    take();
    skip_space();
    if (peek().kind != Kind::kString) return broken("the name of a template is a string");
    return take().text;
  }

  Status parse_named(const std::string& name) {
    if (++depth_ > limits_.max_depth) return too_deep();
    const auto variables = std::exchange(variables_, {"$"});
    const int loops = std::exchange(loop_depth_, 0);
    Nodes body;
    if (TRY(parse_list(body)) != End::kEnd) return broken("a template has no {{end}}");
    program_.templates[name] = std::move(body);
    variables_ = variables;
    loop_depth_ = loops;
    --depth_;
    return {};
  }

  Status parse_define() {
    const std::string name = TRY(parse_name());
    TRY(close());
    return parse_named(name);
  }

  Status parse_call(Nodes& nodes) {
    Node node{.kind = Node::Kind::kTemplate, .line = peek().line, .order = ++order_};
    node.text = TRY(parse_name());
    calls_.emplace_back(node.text, node.line);
    skip_space();
    if (peek().kind != Kind::kClose) node.pipeline = TRY(parse_pipeline(node.order));
    nodes.push_back(std::move(node));
    return close();
  }

  Status parse_block(Nodes& nodes) {
    TRY(parse_call(nodes));
    return parse_named(std::string(nodes.back().text));
  }

  std::unexpected<Error> too_deep() const {
    return fail(ErrorCode::kResourceLimit, "line {}: the template is nested deeper than {}", peek().line,
                limits_.max_depth);
  }

  /// [$a [, $b] := ] command | command ...
  Result<Pipeline> parse_pipeline(uint32_t order, bool of_range = false) {
    Pipeline pipeline;
    skip_space();
    pipeline.line = peek().line;
    TRY(parse_variables(pipeline, of_range));
    std::vector<std::string> declared;
    while (true) {
      pipeline.commands.push_back(TRY(parse_command(order)));
      skip_space();
      if (!is_mark("|")) break;
      take();
    }
    for (size_t i = 1; i < pipeline.commands.size(); ++i) {
      if (pipeline.commands[i].operands.front().kind != Operand::Kind::kFunction)
        return broken("a value in a pipeline goes to something that is no function");
    }
    if (!pipeline.assigns)
      variables_.insert(variables_.end(), pipeline.variables.begin(), pipeline.variables.end());
    return pipeline;
  }

  Status parse_variables(Pipeline& pipeline, bool of_range) {
    const size_t begin = at_;
    while (peek().kind == Kind::kVariable && pipeline.variables.size() < 2) {
      pipeline.variables.push_back(take().text);
      skip_space();
      if (is_mark(":=") || is_mark("=")) {
        pipeline.assigns = take().text == "=";
        skip_space();
        if (pipeline.variables.size() == 2 && !of_range) return broken("two variables are for a range alone");
        for (const std::string& name : pipeline.variables) {
          if (pipeline.assigns) TRY(check_variable(name));
        }
        return {};
      }
      if (!is_mark(",")) break;
      take();
      skip_space();
    }
    pipeline.variables.clear();
    at_ = begin;
    return {};
  }

  Status check_variable(const std::string& name) const {
    if (std::ranges::find(variables_, name) != variables_.end()) return {};
    return broken(fmt::format("the variable {} is not defined", name));
  }

  Result<Command> parse_command(uint32_t order) {
    Command command;
    skip_space();
    while (true) {
      const Token& token = peek();
      if (token.kind == Kind::kClose || is_mark("|") || is_mark(")")) break;
      command.operands.push_back(TRY(parse_operand(order)));
      const bool ends = peek().kind == Kind::kClose || is_mark("|") || is_mark(")");
      if (!ends && peek().kind != Kind::kSpace) return broken("operands stand together without a space");
      skip_space();
    }
    if (command.operands.empty()) return broken("a value is missing");
    if (command.operands.size() == 1 && command.operands.front().kind == Operand::Kind::kNil)
      return broken("nil alone is no value");
    if (command.operands.size() > 1 && command.operands.front().kind != Operand::Kind::kFunction)
      return broken("arguments are given to something that is no function");
    return command;
  }

  Result<Operand> parse_operand(uint32_t order) {
    Operand operand = TRY(parse_term(order));
    while (peek().kind == Kind::kField) {
      operand.fields.push_back(take().text);
      note_field(operand.fields.back(), order);
    }
    return operand;
  }

  void note_field(const std::string& name, uint32_t order) {
    program_.fields.push_back(name);
    // A condition on it is no place where it is written.
    if (name == "Response" && in_action_ && program_.response_order == 0) program_.response_order = order;
  }

  Result<Operand> parse_term(uint32_t order) {
    const Token& token = peek();
    switch (token.kind) {
      case Kind::kDot:
        take();
        return Operand{};
      case Kind::kField:
        return Operand{};  // the fields follow
      case Kind::kVariable:
        TRY(check_variable(token.text));
        return Operand{.kind = Operand::Kind::kVariable, .text = take().text};
      case Kind::kString:
        return Operand{.kind = Operand::Kind::kString, .text = take().text};
      case Kind::kInt:
        return Operand{.kind = Operand::Kind::kInt, .number = take().number};
      case Kind::kFloat:
        return Operand{.kind = Operand::Kind::kFloat, .real = take().real};
      case Kind::kName:
        return parse_word();
      default:
        break;
    }
    if (!is_mark("(")) return broken("a value is missing");
    take();
    if (++depth_ > limits_.max_depth) return too_deep();
    Operand operand{.kind = Operand::Kind::kPipeline};
    operand.inner = std::make_shared<const Pipeline>(TRY(parse_pipeline(order)));
    skip_space();
    if (!is_mark(")")) return broken("a parenthesis is not closed");
    take();
    --depth_;
    return operand;
  }

  Result<Operand> parse_word() {
    const std::string word = take().text;
    if (word == "nil") return Operand{.kind = Operand::Kind::kNil};
    if (word == "true" || word == "false") {
      return Operand{.kind = Operand::Kind::kBool, .number = word == "true" ? 1 : 0};
    }
    if (!is_function(word)) {
      return fail(ErrorCode::kUnsupported, "line {}: there is no function {}", peek().line, word);
    }
    return Operand{.kind = Operand::Kind::kFunction, .text = word};
  }

  std::vector<Token> tokens_;
  const JinjaLimits& limits_;
  size_t at_ = 0;
  int depth_ = 0, loop_depth_ = 0;
  uint32_t order_ = 0;
  bool in_action_ = false;
  std::vector<std::string> variables_ = {"$"};                ///< that are defined here
  std::vector<std::pair<std::string, uint32_t>> calls_ = {};  ///< templates that are called, and where
  Program program_;
};

}  // namespace

Result<Program> parse(std::string_view source, const JinjaLimits& limits) {
  if (source.size() > limits.max_source) {
    return fail(ErrorCode::kResourceLimit, "the template is longer than {} bytes", limits.max_source);
  }
  return Parser(TRY(lex(source)), limits).run();
}

bool is_go_template(std::string_view source) {
  if (source.find("{%") != std::string_view::npos) return false;
  // What opens an action, and what may follow: `range` and its like may be variables of Jinja's.
  struct Opening {
    std::string_view word, followed_by;
  };
  constexpr std::array<Opening, 9> kOpenings = {{{".", ""},
                                                 {"$", ""},
                                                 {"/*", ""},
                                                 {"if ", ""},
                                                 {"range ", ".$"},
                                                 {"with ", ".$("},
                                                 {"define ", "\"`"},
                                                 {"template ", "\"`"},
                                                 {"block ", "\"`"}}};
  const auto skip_spaces = [](std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  };
  for (size_t at = source.find("{{"); at != std::string_view::npos; at = source.find("{{", at + 2)) {
    std::string_view action = source.substr(at + 2);
    if (action.starts_with('-')) action.remove_prefix(1);
    skip_spaces(action);
    for (const auto& [word, followed_by] : kOpenings) {
      if (!action.starts_with(word)) continue;
      std::string_view rest = action.substr(word.size());
      skip_spaces(rest);
      if (followed_by.empty() || (!rest.empty() && followed_by.find(rest[0]) != std::string_view::npos))
        return true;
    }
  }
  return false;
}

}  // namespace hearth::gotemplate
