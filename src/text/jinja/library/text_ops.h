#pragma once

#include <optional>
#include <vector>

#include "text/jinja/value/letters.h"
#include "text/jinja/value/runtime.h"

namespace hearth::jinja {

/// Python's str methods on text whose bytes keep their origin. Each byte of a result has the origin of the
/// byte it was made of. Errors: kResourceLimit.

/// lower(), upper(), casefold().
Result<OriginString> change_case(Runtime& runtime, const OriginString& text, CaseChange change);
Result<OriginString> capitalize(Runtime& runtime, const OriginString& text);
Result<OriginString> title_case(Runtime& runtime, const OriginString& text);
Result<OriginString> swap_case(Runtime& runtime, const OriginString& text);

/// Which sides of a text strip() works on.
struct Sides {
  bool left = true, right = true;
};

/// strip(), lstrip(), rstrip(): takes white space, or any of the code points of `chars`, off the ends.
Result<OriginString> strip(Runtime& runtime, const OriginString& text, const OriginString* chars,
                           Sides sides);

/// replace(old, fresh, count); all where count is negative.
Result<OriginString> replace(Runtime& runtime, const OriginString& text, const OriginString& old,
                             const OriginString& fresh, int64_t count);

/// split() or rsplit(): at a separator that is not empty, or at runs of white space without one; at most
/// `max_splits` times, where that is not negative, counted from the left or from the right.
Result<std::vector<OriginString>> split(Runtime& runtime, const OriginString& text,
                                        const OriginString* separator, int64_t max_splits, bool from_right);

Result<std::vector<OriginString>> split_lines(Runtime& runtime, const OriginString& text, bool keep_ends);

/// Places of `needle` in [begin, end) of `text`, in bytes. An empty needle is not asked for.
size_t count_occurrences(std::string_view text, std::string_view needle);

/// Calls visit(point, begin, end) for each code point; stops where it returns false.
template <typename Visit>
void for_each_point(std::string_view text, Visit&& visit);

}  // namespace hearth::jinja

#include "text/unicode/utf8.h"

namespace hearth::jinja {

template <typename Visit>
void for_each_point(std::string_view text, Visit&& visit) {
  for (size_t at = 0; at < text.size();) {
    const auto byte = uint8_t(text[at]);
    const Utf8Step step = byte < 128 ? Utf8Step{byte, 1} : next_utf8(text.substr(at));
    if (!visit(step.code_point, at, at + step.size)) return;
    at += step.size;
  }
}

}  // namespace hearth::jinja
