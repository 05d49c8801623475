#include "text/gotemplate/lexer.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "text/unicode/utf8.h"

namespace hearth::gotemplate {
namespace {

using Kind = Token::Kind;

constexpr std::string_view kSpaces = " \t\r\n";

bool is_space(char c) { return kSpaces.find(c) != std::string_view::npos; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_letter(c) || is_digit(c); }

std::string_view without_spaces_behind(std::string_view text) {
  const size_t last = text.find_last_not_of(kSpaces);
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Result<std::vector<Token>> run() {
    bool trim_front = false;
    while (at_ < source_.size()) {
      const size_t open = std::min(source_.find("{{", at_), source_.size());
      std::string_view text = source_.substr(at_, open - at_);
      const uint32_t line = line_;
      line_ += uint32_t(std::ranges::count(text, '\n'));
      at_ = open;
      if (trim_front) text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
      const bool trim_back =
          open + 3 < source_.size() && source_[open + 2] == '-' && is_space(source_[open + 3]);
      if (trim_back) text = without_spaces_behind(text);
      if (!text.empty()) tokens_.push_back({.kind = Kind::kText, .line = line, .text = std::string(text)});
      if (at_ == source_.size()) break;
      at_ += trim_back ? 3 : 2;
      trim_front = TRY(lex_action(trim_back));
    }
    tokens_.push_back({.kind = Kind::kEnd, .line = line_});
    return std::move(tokens_);
  }

 private:
  std::unexpected<Error> broken(std::string_view what) const {
    return fail(ErrorCode::kCorruptData, "line {}: {}", line_, what);
  }
  char peek(size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  bool ahead(std::string_view text) const { return source_.substr(at_).starts_with(text); }
  void add(Kind kind, std::string text = {}) {
    tokens_.push_back({.kind = kind, .line = line_, .text = std::move(text)});
  }

  bool skip_spaces() {
    const size_t begin = at_;
    for (; at_ < source_.size() && is_space(source_[at_]); ++at_) line_ += source_[at_] == '\n' ? 1 : 0;
    return at_ > begin;
  }

  /// Whether the end of the action trims the text behind it; leaves where it is no end.
  bool at_close(bool& trims, bool after_space) {
    trims = after_space && ahead("-}}");
    if (!trims && !ahead("}}")) return false;
    at_ += trims ? 3 : 2;
    return true;
  }

  /// Inside of "{{". True: the text behind is trimmed.
  Result<bool> lex_action(bool trims_front) {
    bool trims = false;
    const size_t begin = tokens_.size();
    add(Kind::kOpen);
    bool space = skip_spaces();
    if (ahead("/*") && space == trims_front) {
      const size_t end = source_.find("*/", at_ + 2);
      if (end == std::string_view::npos) return broken("a comment has no end");
      line_ += uint32_t(std::ranges::count(source_.substr(at_, end - at_), '\n'));
      at_ = end + 2;
      space = skip_spaces();
      if (!at_close(trims, space)) return broken("a comment ends before the closing delimiter");
      tokens_.resize(begin);
      return trims;
    }
    while (!at_close(trims, space)) {
      if (at_ >= source_.size()) return broken("an action is not closed");
      if (space && tokens_.back().kind != Kind::kOpen) add(Kind::kSpace);
      TRY(lex_token());
      space = skip_spaces();
    }
    add(Kind::kClose);
    return trims;
  }

  Status lex_token() {
    const char c = peek();
    if (c == '"') return lex_quoted();
    if (c == '`') return lex_raw();
    if (c == '\'') return lex_character();
    if (c == '$') return lex_variable();
    if (is_digit(c) || ((c == '+' || c == '-') && (is_digit(peek(1)) || peek(1) == '.'))) return lex_number();
    if (c == '.' && is_digit(peek(1))) return lex_number();
    if (c == '.') return lex_field();
    if (is_letter(c)) {
      add(Kind::kName, std::string(word()));
      return {};
    }
    if (ahead(":=")) {
      add(Kind::kMark, ":=");
      at_ += 2;
      return {};
    }
    if (std::string_view("()|,=").find(c) == std::string_view::npos)
      return broken(fmt::format("'{}' is not expected in an action", is_space(c) || c < ' ' ? '?' : c));
    add(Kind::kMark, std::string(1, c));
    ++at_;
    return {};
  }

  std::string_view word() {
    const size_t begin = at_;
    while (at_ < source_.size() && is_word(source_[at_])) ++at_;
    return source_.substr(begin, at_ - begin);
  }

  Status lex_variable() {
    ++at_;
    add(Kind::kVariable, "$" + std::string(word()));
    return {};
  }

  Status lex_field() {
    ++at_;
    if (is_letter(peek())) {
      add(Kind::kField, std::string(word()));
    } else {
      add(Kind::kDot);
    }
    return {};
  }

  Status lex_raw() {
    const size_t end = source_.find('`', at_ + 1);
    if (end == std::string_view::npos) return broken("a raw string has no end");
    const std::string_view text = source_.substr(at_ + 1, end - at_ - 1);
    add(Kind::kString, std::string(text));
    line_ += uint32_t(std::ranges::count(text, '\n'));
    at_ = end + 1;
    return {};
  }

  Status lex_quoted() {
    ++at_;
    std::string text;
    while (peek() != '"') {
      if (at_ >= source_.size() || peek() == '\n') return broken("a string has no end");
      TRY(unescape(text));
    }
    ++at_;
    add(Kind::kString, std::move(text));
    return {};
  }

  Status lex_character() {
    ++at_;
    std::string text;
    if (peek() != '\'' && at_ < source_.size()) TRY(unescape(text));
    while (peek() != '\'' && !text.empty() && (text[0] & 0x80) != 0 && at_ < source_.size() &&
           text.size() < 4)
      text += source_[at_++];
    if (text.empty() || peek() != '\'') return broken("a character constant is not closed");
    ++at_;
    add(Kind::kInt);
    tokens_.back().number = int64_t(next_utf8(text).code_point);
    return {};
  }

  /// One character of a string, or an escape.
  Status unescape(std::string& text) {
    if (peek() != '\\') {
      text += source_[at_++];
      return {};
    }
    constexpr std::string_view kNames = "abfnrtv\\'\"", kBytes = "\a\b\f\n\r\t\v\\'\"";
    const char c = peek(1);
    at_ += std::min(size_t(2), source_.size() - at_);
    if (const size_t named = kNames.find(c); c != '\0' && named != std::string_view::npos) {
      text += kBytes[named];
      return {};
    }
    if (c == 'x') return unescape_number(text, 2, 16, false);
    if (c == 'u') return unescape_number(text, 4, 16, true);
    if (c == 'U') return unescape_number(text, 8, 16, true);
    if (c >= '0' && c <= '7') {
      --at_;
      return unescape_number(text, 3, 8, false);
    }
    return broken("a string holds an escape that Go does not know");
  }

  Status unescape_number(std::string& text, size_t num_digits, int base, bool is_point) {
    uint32_t value = 0;
    const std::string_view digits = source_.substr(at_, num_digits);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    const bool whole = digits.size() == num_digits && read.ptr == digits.data() + num_digits;
    if (!whole || read.ec != std::errc() || (is_point ? value > 0x10ffff : value > 0xff))
      return broken("a string holds an escape that is no character");
    at_ += num_digits;
    if (is_point) {
      append_utf8(text, value);
    } else {
      text += char(value);
    }
    return {};
  }

  Status lex_number() {
    const size_t begin = at_;
    if (peek() == '+' || peek() == '-') ++at_;
    while (is_word(peek()) || peek() == '.' ||
           ((peek() == '+' || peek() == '-') && (source_[at_ - 1] == 'e' || source_[at_ - 1] == 'E')))
      ++at_;
    std::string text(source_.substr(begin, at_ - begin));
    std::erase(text, '_');
    char* end = nullptr;
    errno = 0;
    const int64_t whole = std::strtoll(text.c_str(), &end, 0);
    if (*end == '\0' && errno == 0) {
      add(Kind::kInt);
      tokens_.back().number = whole;
      return {};
    }
    const double real = std::strtod(text.c_str(), &end);
    if (*end != '\0' || !std::isfinite(real)) return broken(fmt::format("'{}' is no number", text));
    add(Kind::kFloat);
    tokens_.back().real = real;
    return {};
  }

  const std::string_view source_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> lex(std::string_view source) { return Lexer(source).run(); }

}  // namespace hearth::gotemplate
