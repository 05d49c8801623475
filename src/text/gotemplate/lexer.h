#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth::gotemplate {

/// A token of a Go template: text between actions, or a part of an action.
struct Token {
  enum class Kind : uint8_t {
    kText,
    kOpen,   ///< {{
    kClose,  ///< }}
    kName,   ///< a keyword, a function, true, false, nil
    kVariable,
    kField,  ///< .Name; `text` without the dot
    kDot,
    kString,
    kInt,
    kFloat,
    kMark,   ///< ( ) | , := =
    kSpace,  ///< between operands
    kEnd,
  };

  Kind kind = Kind::kEnd;
  uint32_t line = 1;
  std::string text = {};  ///< of a string: unescaped
  int64_t number = 0;
  double real = 0;
};

/// The tokens of a template (Go's package text/template), texts trimmed as "{{-" and "-}}" say, without
/// comments. Errors: kCorruptData naming the line.
Result<std::vector<Token>> lex(std::string_view source);

}  // namespace hearth::gotemplate
