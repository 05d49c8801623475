#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hearth::grammar {

/// A place in the text of a grammar that is being read.
class SourceCursor {
 public:
  explicit SourceCursor(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  /// The byte `ahead` of here; 0 behind the end.
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool is_next(std::string_view text) const { return text_.substr(at_).starts_with(text); }
  bool take(std::string_view text);
  void skip(size_t count = 1) { at_ += count; }
  size_t place() const { return at_; }
  void go_to(size_t place) { at_ = place; }
  std::string_view since(size_t place) const { return text_.substr(place, at_ - place); }
  std::string_view rest() const { return text_.substr(at_); }
  /// To the end of the line, which is not taken.
  void skip_line();

  /// One code point. Errors: the end, bad UTF-8.
  Result<char32_t> code_point();
  /// The character whose digits follow, of an escape that began at `place`: two behind the letter x, four
  /// behind u, eight behind U; none for other letters.
  Result<std::optional<char32_t>> numeric_escape(char32_t letter, size_t place);
  /// A decimal number below 2^32 - 1.
  Result<uint32_t> number();

  /// kInvalidArgument with the line and column of this place, or of another.
  template <typename... Args>
  std::unexpected<Error> error(fmt::format_string<Args...> format, Args&&... args) const {
    return error_at(at_, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  std::unexpected<Error> error_at(size_t place, fmt::format_string<Args...> format, Args&&... args) const {
    return located(ErrorCode::kInvalidArgument, place, fmt::format(format, std::forward<Args>(args)...));
  }
  std::unexpected<Error> located(ErrorCode code, size_t place, const std::string& message) const;

 private:
  /// `count` hexadecimal digits.
  Result<char32_t> hexadecimal(size_t count);

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace hearth::grammar
