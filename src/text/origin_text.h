#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// Where a byte of a prompt came from. Only text of the template may become special tokens.
enum class Origin : uint8_t {
  kTemplate,  ///< written by the chat template
  kContent,   ///< came from a message, a tool, a document: data
};

/// A string whose bytes carry their origin. Invariant: the ranges are non-empty, in order, without gaps,
/// cover the text, and neighbours differ in origin.
class OriginText {
 public:
  struct Range {
    size_t begin, end;
    Origin origin;
  };

  void append(std::string_view bytes, Origin origin) {
    if (bytes.empty()) return;
    const size_t begin = text_.size();
    text_.append(bytes);
    if (!ranges_.empty() && ranges_.back().origin == origin) {
      ranges_.back().end = text_.size();
    } else {
      ranges_.push_back({begin, text_.size(), origin});
    }
  }

  /// Keeps the first `size` bytes. REQUIRES: that there are as many.
  void truncate(size_t size) {
    text_.resize(size);
    while (!ranges_.empty() && ranges_.back().begin >= size) ranges_.pop_back();
    if (!ranges_.empty()) ranges_.back().end = size;
  }

  const std::string& text() const { return text_; }
  const std::vector<Range>& ranges() const { return ranges_; }

 private:
  std::string text_;
  std::vector<Range> ranges_;
};

}  // namespace hearth
