#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// Finds stop strings in text that comes in pieces. Text that may yet turn out to be part of one is held
/// back. The result does not depend on how the text is cut: the text ends at the first byte that completes a
/// stop string, before the longest one that it completes. Knuth, Morris and Pratt 1977. Not thread-safe.
class StopMatcher {
 public:
  /// Empty strings never match.
  explicit StopMatcher(std::vector<std::string> stops);

  /// Takes more text and returns what is now certain to come before any stop string.
  std::string push(std::string_view text);

  /// No more text will come: returns what was held back.
  std::string flush();

  /// Whether a stop string was found; more text is then ignored.
  bool stopped() const { return found_ != kNone; }
  /// The string that was found.
  std::string_view stop() const { return stopped() ? std::string_view(patterns_[found_].text) : ""; }

 private:
  static constexpr size_t kNone = size_t(-1);

  struct Pattern {
    std::string text;
    std::vector<size_t> fallback;  ///< [i]: longest proper border of text[0, i]
    size_t matched = 0;            ///< bytes of it that end the text so far
  };

  std::vector<Pattern> patterns_;
  std::string held_;
  size_t found_ = kNone;
};

}  // namespace hearth
