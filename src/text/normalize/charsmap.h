#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth {

/// Rules that replace strings, as SentencePiece compiles them: a double-array trie (Aoe 1989, in the form of
/// Darts-clone) from what is replaced to places in a pool of what it becomes. Immutable, safe to share
/// between threads.
class Charsmap {
 public:
  struct Match {
    size_t size;  ///< of what is replaced
    std::string_view replacement;
  };

  /// Error: kCorruptData for sizes that do not fit, or a pool that does not end.
  static Result<Charsmap> create(std::string_view bytes);

  /// The longest rule that `text` starts with.
  std::optional<Match> longest(std::string_view text) const { return find(text, true); }
  /// The shortest.
  std::optional<Match> shortest(std::string_view text) const { return find(text, false); }

 private:
  std::optional<Match> find(std::string_view text, bool longest) const;

  std::vector<uint32_t> units_;
  std::string pool_;  ///< ends with a NUL
};

}  // namespace hearth
