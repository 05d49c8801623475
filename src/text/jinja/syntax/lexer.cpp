#include "text/jinja/syntax/lexer.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "text/jinja/syntax/escapes.h"
#include "text/jinja/value/letters.h"
#include "text/unicode/utf8.h"

namespace hearth::jinja {

namespace {

/// \r\n and \r become \n; one line end at the end goes.
std::string normalize_lines(std::string_view source) {
  std::string text;
  text.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      text += source[i];
    } else if (i + 1 == source.size() || source[i + 1] != '\n') {
      text += '\n';
    }
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

bool is_digit_char(char c) { return c >= '0' && c <= '9'; }

bool is_name_point(uint32_t point) {
  if (point == Utf8Step::kBadByte) return false;
  return point == '_' || is_alnum(point);
}

size_t space_size(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const Utf8Step step = next_utf8(text.substr(at));
    if (!is_space(step.code_point)) break;
    at += step.size;
  }
  return at;
}

/// The text without white space at its end.
std::string_view strip_end(std::string_view text) {
  size_t end = 0;
  for (size_t at = 0; at < text.size();) {
    const Utf8Step step = next_utf8(text.substr(at));
    at += step.size;
    if (!is_space(step.code_point)) end = at;
  }
  return text.substr(0, end);
}

/// The sign that follows a tag's opening mark: '-', '+', or 0.
char sign_at(std::string_view text, size_t at) {
  return at < text.size() && (text[at] == '-' || text[at] == '+') ? text[at] : '\0';
}

/// The size of `{% name %}`'s rest behind the name: from `at`, white space and the closing mark, with what it
/// takes of the text behind it. 0 where the tag does not end there.
size_t closing_size(std::string_view text, size_t at, bool trims_line) {
  const size_t begin = at;
  const char sign = sign_at(text, at);
  if (sign != 0) ++at;
  if (!text.substr(at).starts_with("%}")) return 0;
  at += 2;
  if (sign == '-') return at + space_size(text.substr(at)) - begin;
  if (sign == 0 && trims_line && at < text.size() && text[at] == '\n') ++at;
  return at - begin;
}

/// Where `{%- name -%}` stands at `at`: the size of all of it, else 0.
size_t simple_tag_size(std::string_view text, size_t at, std::string_view name, bool is_end) {
  const size_t begin = at;
  if (!text.substr(at).starts_with("{%")) return 0;
  at += 2;
  if (sign_at(text, at) != 0) ++at;
  at += space_size(text.substr(at));
  if (!text.substr(at).starts_with(name)) return 0;
  at += name.size();
  at += space_size(text.substr(at));
  // `raw` keeps the line end behind it and knows no +; `endraw` is like any block.
  if (!is_end && sign_at(text, at) == '+') return 0;
  const size_t closing = closing_size(text, at, is_end);
  return closing == 0 ? 0 : at + closing - begin;
}

constexpr std::string_view kRaw = "raw", kEndRaw = "endraw";

}  // namespace

std::string describe(const Token& token) {
  switch (token.kind) {
    case TokenKind::kEnd:
      return "the end of the template";
    case TokenKind::kText:
      return "template text";
    case TokenKind::kVariableBegin:
      return "'{{'";
    case TokenKind::kVariableEnd:
      return "'}}'";
    case TokenKind::kBlockBegin:
      return "'{%'";
    case TokenKind::kBlockEnd:
      return "'%}'";
    case TokenKind::kString:
      return "a string";
    default:
      return fmt::format("'{}'", token.text);
  }
}

Lexer::Lexer(std::string_view source) : source_(normalize_lines(source)) {}

void Lexer::take(size_t size) {
  line_ += uint32_t(std::ranges::count(rest().substr(0, size), '\n'));
  if (size > 0) line_starting_ = source_[at_ + size - 1] == '\n';
  at_ += size;
}

Result<Token> Lexer::next() { return state_ == State::kText ? next_text() : next_in_tag(); }

/// The text up to `end`, cut as the sign of the tag behind it asks.
std::string Lexer::trimmed(size_t end, char sign, bool is_variable) {
  const std::string_view text = std::string_view(source_).substr(at_, end - at_);
  if (sign == '-') return std::string(strip_end(text));
  if (sign == '+' || is_variable) return std::string(text);
  const size_t line_begin = text.rfind('\n') + 1;  // 0 where there is none
  if (line_begin == 0 && !line_starting_) return std::string(text);
  const std::string_view indent = text.substr(line_begin);
  const bool only_space = space_size(indent) == indent.size();
  return std::string(only_space ? text.substr(0, line_begin) : text);
}

Result<Token> Lexer::next_text() {
  while (true) {
    token_line_ = line_;
    const std::string_view text = source_;
    // The first opening mark.
    size_t open = at_;
    while ((open = text.find('{', open)) != text.npos) {
      if (open + 1 < text.size() && std::string_view("{%#").find(text[open + 1]) != std::string_view::npos)
        break;
      ++open;
    }
    if (open == text.npos) {
      if (at_ == text.size()) return make(TokenKind::kEnd, "");
      Token token = make(TokenKind::kText, std::string(rest()));
      take(rest().size());
      return token;
    }
    const char mark = text[open + 1];
    const char sign = sign_at(text, open + 2);
    std::string before = trimmed(open, sign, mark == '{');
    const size_t raw_size = mark == '%' ? simple_tag_size(text, open, kRaw, false) : 0;
    if (!before.empty()) {
      // Handed out first; the tag is found again, with nothing before it.
      Token token = make(TokenKind::kText, std::move(before));
      take(open - at_);
      return token;
    }
    take(open - at_);
    token_line_ = line_;
    if (raw_size > 0) {
      take(raw_size);
      Token token = TRY(lex_raw(at_));
      if (!token.text.empty()) return token;
    } else if (mark == '#') {
      TRY(skip_comment());
    } else {
      take(sign != 0 ? 3 : 2);
      state_ = mark == '%' ? State::kBlock : State::kVariable;
      return make(mark == '%' ? TokenKind::kBlockBegin : TokenKind::kVariableBegin, "");
    }
  }
}

Status Lexer::skip_comment() {
  const std::string_view text = source_;
  const size_t begin = at_ + (sign_at(text, at_ + 2) != 0 ? 3 : 2);
  const size_t end = text.find("#}", begin);
  if (end == text.npos) return fail(ErrorCode::kCorruptData, "line {}: a comment is not closed", line_);
  size_t stop = end + 2;
  const char sign = end > begin ? sign_at(text, end - 1) : '\0';
  if (sign == '-') {
    stop += space_size(text.substr(stop));
  } else if (sign == 0 && stop < text.size() && text[stop] == '\n') {
    ++stop;
  }
  take(stop - at_);
  return {};
}

Result<Token> Lexer::lex_raw(size_t body) {
  const std::string_view text = source_;
  token_line_ = line_;
  for (size_t open = text.find("{%", body); open != text.npos; open = text.find("{%", open + 1)) {
    const size_t size = simple_tag_size(text, open, kEndRaw, true);
    if (size == 0) continue;
    Token token = make(TokenKind::kText, trimmed(open, sign_at(text, open + 2), false));
    take(open + size - at_);
    return token;
  }
  return fail(ErrorCode::kCorruptData, "line {}: 'raw' is not closed", line_);
}

/// Takes the closing mark of the tag, if it stands here and no bracket is open.
bool Lexer::at_tag_end(Token& token) {
  if (!open_.empty()) return false;
  const std::string_view text = source_;
  token_line_ = line_;
  if (state_ == State::kBlock) {
    const size_t size = closing_size(text, at_, true);
    if (size == 0) return false;
    token = make(TokenKind::kBlockEnd, "");
    take(size);
  } else {
    const bool strip = text.substr(at_).starts_with("-}}");
    if (!strip && !text.substr(at_).starts_with("}}")) return false;
    size_t end = at_ + (strip ? 3 : 2);
    if (strip) end += space_size(text.substr(end));
    token = make(TokenKind::kVariableEnd, "");
    take(end - at_);
  }
  state_ = State::kText;
  return true;
}

Result<Token> Lexer::next_in_tag() {
  while (true) {
    Token token;
    if (at_tag_end(token)) return token;
    const size_t space = space_size(rest());
    if (space == 0) break;
    take(space);
  }
  token_line_ = line_;
  if (at_ == source_.size()) return make(TokenKind::kEnd, "");
  const char c = source_[at_];
  if (is_digit_char(c)) return lex_number();
  if (c == '"' || c == '\'') return lex_string();
  if (is_name_point(next_utf8(rest()).code_point)) return lex_name();
  return lex_operator();
}

Result<Token> Lexer::lex_name() {
  size_t size = 0;
  while (size < rest().size()) {
    const Utf8Step step = next_utf8(rest().substr(size));
    if (!is_name_point(step.code_point)) break;
    size += step.size;
  }
  Token token = make(TokenKind::kName, std::string(rest().substr(0, size)));
  take(size);
  return token;
}

namespace {

/// The size of digits with single underscores between them.
template <typename IsDigit>
size_t digits_size(std::string_view text, IsDigit is_valid) {
  size_t size = 0;
  while (size < text.size()) {
    const size_t digit = text[size] == '_' && size > 0 ? size + 1 : size;
    if (digit >= text.size() || !is_valid(text[digit])) break;
    size = digit + 1;
  }
  return size;
}

/// The size of a float at the start, 0 where there is none.
size_t float_size(std::string_view text) {
  size_t at = digits_size(text, is_digit_char);
  bool valid = false;
  if (at < text.size() && text[at] == '.') {
    if (const size_t fraction = digits_size(text.substr(at + 1), is_digit_char)) {
      at += 1 + fraction;
      valid = true;
    }
  }
  if (at < text.size() && (text[at] | 32) == 'e') {
    const size_t sign = sign_at(text, at + 1) != 0 ? 1 : 0;
    if (const size_t exponent =
            digits_size(text.substr(std::min(at + 1 + sign, text.size())), is_digit_char)) {
      at += 1 + sign + exponent;
      valid = true;
    }
  }
  return valid ? at : 0;
}

size_t integer_size(std::string_view text) {
  if (text[0] != '0') return digits_size(text, is_digit_char);
  const char base = text.size() > 1 ? char(text[1] | 32) : '\0';
  const auto is_valid = [base](char c) {
    if (base == 'b') return c == '0' || c == '1';
    if (base == 'o') return c >= '0' && c <= '7';
    return is_digit_char(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
  };
  if (base == 'b' || base == 'o' || base == 'x') {
    const size_t lead = text.size() > 2 && text[2] == '_' ? 3 : 2;
    if (const size_t digits = digits_size(text.substr(std::min(lead, text.size())), is_valid))
      return lead + digits;
  }
  return digits_size(text, [](char c) { return c == '0'; });
}

}  // namespace

Result<Token> Lexer::lex_number() {
  // `a.1.2` is two indices, not a float.
  const bool after_dot = at_ > 0 && source_[at_ - 1] == '.';
  size_t size = after_dot ? 0 : float_size(rest());
  const TokenKind kind = size > 0 ? TokenKind::kFloat : TokenKind::kInteger;
  if (size == 0) size = integer_size(rest());
  std::string digits(rest().substr(0, size));
  std::erase(digits, '_');
  Token token = make(kind, std::move(digits));
  take(size);
  return token;
}

Result<Token> Lexer::lex_string() {
  const std::string_view text = rest();
  size_t end = 1;
  while (end < text.size() && text[end] != text[0]) end += text[end] == '\\' ? 2 : 1;
  if (end >= text.size()) return fail(ErrorCode::kCorruptData, "line {}: a string is not closed", line_);
  auto unescaped = unescape(text.substr(1, end - 1));
  if (!unescaped) {
    return fail(unescaped.error().code, "line {}: {}", line_, unescaped.error().message);
  }
  Token token = make(TokenKind::kString, std::move(*unescaped));
  take(end + 1);
  return token;
}

Result<Token> Lexer::lex_operator() {
  static constexpr std::array<std::string_view, 6> kPairs = {"//", "**", "==", "!=", ">=", "<="};
  static constexpr std::string_view kSingles = "+-/*%~[](){}><=.:|,;";
  const std::string_view text = rest();
  const bool pair =
      std::ranges::any_of(kPairs, [&](std::string_view sign) { return text.starts_with(sign); });
  if (!pair && kSingles.find(text[0]) == kSingles.npos) {
    const std::string shown = sanitize_utf8(text.substr(0, next_utf8(text).size));
    return fail(ErrorCode::kCorruptData, "line {}: unexpected character '{}'", line_, shown);
  }
  Token token = make(TokenKind::kOperator, std::string(text.substr(0, pair ? 2 : 1)));
  const char sign = token.text[0];
  if (sign == '(' || sign == '[' || sign == '{') {
    open_.push_back(sign == '(' ? ')' : sign == '[' ? ']' : '}');
  } else if (sign == ')' || sign == ']' || sign == '}') {
    if (open_.empty() || open_.back() != sign) {
      return fail(ErrorCode::kCorruptData, "line {}: unexpected '{}'", line_, sign);
    }
    open_.pop_back();
  }
  take(token.text.size());
  return token;
}

}  // namespace hearth::jinja
