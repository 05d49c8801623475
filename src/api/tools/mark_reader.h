#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/tools/character_feed.h"

namespace hearth::api {

/// Looks for marks in what a model writes, whatever white space it puts around them.
class MarkReader {
 public:
  explicit MarkReader(CharacterFeed& feed) : feed_(feed) {}

  /// Which of the marks comes next, behind white space: its index. -1, with nothing but the white space read,
  /// where none does.
  Reading<int> one_of(std::vector<std::string> marks);
  /// Whether all of them come next, one after the other; where one does not, those before it are read.
  Reading<bool> all_of(std::vector<std::string> marks);
  /// Reads those that come next, in order; the others may be missing. Whether any came.
  Reading<bool> any_of(std::vector<std::string> marks);
  /// The text before a mark, which is read too. False where that does not come within `max_size` bytes.
  Reading<bool> text_before(std::string mark, std::string* text, size_t max_size);

 private:
  CharacterFeed& feed_;
};

/// Tells a mark that comes piece by piece from the text around it.
class MarkWindow {
 public:
  explicit MarkWindow(std::string mark) : mark_(std::move(mark)) {}

  /// Takes a character; gives `text` what is no part of the mark. True: the mark is complete.
  template <typename Text>
  bool put(char character, const Text& text) {
    pending_ += character;
    while (!pending_.empty() && !mark_.starts_with(pending_)) {
      text(pending_[0]);
      pending_.erase(0, 1);
    }
    return !mark_.empty() && pending_ == mark_;
  }
  /// What looked like the mark's beginning at the end of everything.
  const std::string& pending() const { return pending_; }

 private:
  std::string mark_, pending_;
};

}  // namespace hearth::api
