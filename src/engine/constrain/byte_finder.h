#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hearth {

/// Finds a text in bytes that come one by one (Knuth, Morris and Pratt 1977).
class ByteFinder {
 public:
  explicit ByteFinder(std::string text) : text_(std::move(text)), borders_(text_.size(), 0) {
    for (size_t i = 1; i < text_.size(); ++i) borders_[i] = step(borders_[i - 1], text_[i]);
  }

  size_t size() const { return text_.size(); }
  /// Bytes of the text that are matched behind one more byte; `matched` is not all of them.
  size_t step(size_t matched, char byte) const {
    while (matched > 0 && text_[matched] != byte) matched = borders_[matched - 1];
    return matched + size_t(text_[matched] == byte);
  }

 private:
  std::string text_;
  std::vector<size_t> borders_;
};

}  // namespace hearth
