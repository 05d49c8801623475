#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "grammar/regex/expression.h"

namespace hearth::grammar {

/// Recursive descent, as deep as Limits::max_depth. The first error ends it.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view pattern, const RegexOptions& options, const Limits& limits);
  Result<Expression> parse();

 private:
  // Each returns the node; after an error nothing matters any more.
  uint32_t alternatives();
  uint32_t sequence();
  uint32_t term();
  uint32_t group();
  uint32_t modified_group();
  uint32_t look(bool negated);
  void lookbehind();
  uint32_t escape();
  uint32_t quantified(uint32_t atom, bool repeatable);
  bool take_braces(uint32_t& least, uint32_t& most);
  void group_name(const char* what);

  CodePointSet character_class();
  /// An atom of a class: a code point, or a set such as \d.
  std::optional<char32_t> class_atom(CodePointSet& set);
  /// What \ and a letter mean both inside and outside of classes.
  std::optional<char32_t> character_escape(CodePointSet& set);
  std::optional<char32_t> unicode_escape();
  std::optional<uint32_t> hex(size_t count);
  CodePointSet property(bool negated);

  uint32_t add(Expression::Node node);
  uint32_t add(Expression::Kind kind, const std::vector<uint32_t>& children);
  uint32_t add_set(CodePointSet set);
  /// With the other cases of its letters where the flag i says so.
  CodePointSet folded(CodePointSet set);
  /// Counts what is done for sets of characters, which a few letters may name.
  void spend(size_t num_ranges);

  bool at_end() const { return place_ == text_.size(); }
  char32_t peek(size_t ahead = 0) const {
    return place_ + ahead < text_.size() ? text_[place_ + ahead] : kNothing;
  }
  bool take(std::u32string_view expected);
  void error_at(size_t place, ErrorCode code, std::string what);
  void invalid(size_t place, std::string what) {
    error_at(place, ErrorCode::kInvalidArgument, std::move(what));
  }
  /// Refuses a construct, unless the rest turns out to be no expression at all.
  void unsupported(size_t place, std::string what);

  static bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
  static bool is_name_part(char32_t c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '$' || (c >= 0x80 && c != kNothing);
  }

  static constexpr char32_t kNothing = UINT32_MAX;

  std::string pattern_;  ///< for messages
  std::u32string text_;
  size_t place_ = 0;
  RegexOptions options_;
  const Limits& limits_;
  size_t depth_ = 0;
  uint64_t num_ranges_ = 0;
  std::optional<Error> error_, unsupported_;
  Expression expression_;
  std::map<CodePointSet, uint32_t> set_ids_;
  std::map<std::pair<std::string, std::string>, CodePointSet> properties_;  ///< met so far, by name and value
};

}  // namespace hearth::grammar
