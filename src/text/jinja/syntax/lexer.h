#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/jinja/value/value.h"

namespace hearth::jinja {

enum class TokenKind : uint8_t {
  kText,           ///< template text, white space control applied
  kVariableBegin,  ///< {{
  kVariableEnd,    ///< }}
  kBlockBegin,     ///< {%
  kBlockEnd,       ///< %}
  kName,
  kString,   ///< unescaped
  kInteger,  ///< `text` holds the digits
  kFloat,
  kOperator,  ///< `text` holds it
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t line = 0;
  std::string text;

  bool is_operator(std::string_view sign) const { return kind == TokenKind::kOperator && text == sign; }
  bool is_name(std::string_view name) const { return kind == TokenKind::kName && text == name; }
};

/// For messages: "'endfor'", "end of the template".
std::string describe(const Token& token);

/// Cuts template source into tokens, one at a time, as jinja2 does with trim_blocks and lstrip_blocks: the
/// line end after a block goes, and so does white space between a line's start and a block.
/// Errors: kCorruptData with the line.
class Lexer {
 public:
  explicit Lexer(std::string_view source);

  Result<Token> next();

 private:
  enum class State : uint8_t { kText, kBlock, kVariable };

  Result<Token> next_text();
  Result<Token> next_in_tag();
  Result<Token> lex_name();
  Result<Token> lex_number();
  Result<Token> lex_string();
  Result<Token> lex_operator();
  Status skip_comment();
  Result<Token> lex_raw(size_t body);
  bool at_tag_end(Token& token);
  void take(size_t size);
  std::string_view rest() const { return std::string_view(source_).substr(at_); }
  std::string trimmed(size_t end, char sign, bool is_variable);
  Token make(TokenKind kind, std::string text) const { return {kind, token_line_, std::move(text)}; }

  std::string source_;  ///< with \n as the only line end
  size_t at_ = 0;
  uint32_t line_ = 1;
  uint32_t token_line_ = 1;
  State state_ = State::kText;
  bool line_starting_ = true;  ///< what came before ended a line
  std::vector<char> open_;     ///< brackets to be closed, by their closing sign
};

}  // namespace hearth::jinja
