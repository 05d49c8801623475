#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "grammar/limits.h"
#include "grammar/regex/text_dfa.h"

namespace hearth::grammar {

// Languages of texts. Errors: kInvalidArgument for what is no expression, with its offset in code points;
// kUnsupported for what is not regular, naming the construct; kResourceLimit, naming the limit.

/// The texts in which a regular expression of ECMA-262 (flag u; where that has no meaning for it, without) is
/// found somewhere: what JSON Schema calls a pattern.
Result<TextDfaPtr> pattern_language(std::string_view pattern, const Limits& limits);
/// Of many that share `fuel`.
Result<TextDfaPtr> pattern_language(std::string_view pattern, const Limits& limits, Fuel& fuel);

struct RegexOptions {
  bool ignore_case = false;  ///< i
  bool multiline = false;    ///< m: ^ and $ match at lines too
  bool dot_all = false;      ///< s: . matches line ends too
};

/// The texts that a regular expression matches from start to end.
Result<TextDfaPtr> regex_language(std::string_view pattern, const Limits& limits,
                                  const RegexOptions& options = {});

/// The texts listed, in UTF-8; those that are not are left out. Limited by Limits::max_source_size alone.
Result<TextDfaPtr> literals_language(std::span<const std::string> texts, const Limits& limits);

/// The texts of a format of JSON Schema (all of drafts 4 to 2020-12); nullopt where there is none of that
/// name. What is not regular in a format is refused, so that nothing wrong is accepted
/// (docs/design/grammar.md). Made once in a process.
std::optional<TextDfaPtr> format_language(std::string_view name);

/// The texts of so many code points.
Result<TextDfaPtr> length_language(uint64_t least, uint64_t most, const Limits& limits);

Result<TextDfaPtr> united(const TextDfa& a, const TextDfa& b, const Limits& limits);
Result<TextDfaPtr> intersected(const TextDfa& a, const TextDfa& b, const Limits& limits);
TextDfaPtr complement(const TextDfa& language);
/// The texts of `a` followed by one of `b`.
Result<TextDfaPtr> concatenated(const TextDfa& a, const TextDfa& b, const Limits& limits);

}  // namespace hearth::grammar
