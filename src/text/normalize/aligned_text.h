#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hearth {

/// A text that is rewritten, and, where asked for, which bytes of the original each of its bytes stands for.
class AlignedText {
 public:
  /// Bytes of the original.
  struct Span {
    uint32_t begin, end;
  };

  AlignedText(std::string_view original, bool tracked) : text_(original) {
    if (!tracked) return;
    spans_.reserve(original.size());
    for (uint32_t i = 0; i < original.size(); ++i) spans_.push_back({i, i + 1});
  }

  const std::string& text() const { return text_; }
  std::string take() { return std::move(text_); }
  /// Whether a rewrite would have made it far larger; what was too much is left out.
  bool is_too_large() const { return too_large_; }

  /// What the bytes [begin, begin + size) stand for. REQUIRES: that the text is tracked, and size > 0.
  Span original(size_t begin, size_t size) const {
    return {spans_[begin].begin, spans_[begin + size - 1].end};
  }

 private:
  friend class Rewriter;

  std::string text_;
  std::vector<Span> spans_;  ///< [text_.size()] or empty
  bool too_large_ = false;
};

/// Writes the next version of an AlignedText from front to back, then puts it in place.
class Rewriter {
 public:
  explicit Rewriter(AlignedText& text)
      : source_(text),
        tracked_(!text.spans_.empty()),
        max_size_(kSpareBytes + kMaxGrowth * text.text_.size()) {
    text_.reserve(text.text_.size());
  }

  std::string_view in() const { return source_.text_; }

  /// Bytes [begin, end) stay as they are.
  void keep(size_t begin, size_t end) {
    text_.append(source_.text_, begin, end - begin);
    if (!tracked_) return;
    spans_.insert(spans_.end(), source_.spans_.begin() + std::ptrdiff_t(begin),
                  source_.spans_.begin() + std::ptrdiff_t(end));
  }

  /// `bytes` stand for [begin, end), or stand new before `begin` where that is empty.
  void put(std::string_view bytes, size_t begin, size_t end) {
    if (text_.size() + bytes.size() > max_size_) {
      source_.too_large_ = true;
      return;
    }
    text_ += bytes;
    if (!tracked_) return;
    AlignedText::Span span = {};
    if (begin < end) {
      span = {source_.spans_[begin].begin, source_.spans_[end - 1].end};
    } else {
      const uint32_t place =
          begin < source_.spans_.size() ? source_.spans_[begin].begin : source_.spans_.back().end;
      span = {place, place};
    }
    spans_.insert(spans_.end(), bytes.size(), span);
  }

  void finish() {
    source_.text_ = std::move(text_);
    source_.spans_ = std::move(spans_);
  }

 private:
  static constexpr size_t kSpareBytes = size_t(1) << 20;
  static constexpr size_t kMaxGrowth = 64;

  AlignedText& source_;
  bool tracked_;
  size_t max_size_;
  std::string text_;
  std::vector<AlignedText::Span> spans_;
};

}  // namespace hearth
