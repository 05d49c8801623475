#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "text/origin_text.h"

namespace hearth::jinja {

/// A string whose bytes carry their origin, made for cutting and joining. Bytes need not be valid UTF-8.
/// Invariant: `borders_` are the rising offsets, inside the text, where the origin changes; there are two
/// origins, so the first one and the borders say all.
class OriginString {
 public:
  OriginString() = default;
  OriginString(std::string text, Origin origin) : text_(std::move(text)), first_(origin) {}

  const std::string& text() const { return text_; }
  std::string_view view() const { return text_; }
  size_t size() const { return text_.size(); }
  bool empty() const { return text_.empty(); }

  bool has_one_origin() const { return borders_.empty(); }
  /// The origin of the byte at `offset`; of an empty string, kTemplate.
  Origin origin_at(size_t offset) const;

  void append(std::string_view bytes, Origin origin);
  void append_fill(size_t count, char byte, Origin origin);
  void append(const OriginString& other) { append(other, 0, other.size()); }
  /// The bytes [begin, end) of another string.
  void append(const OriginString& other, size_t begin, size_t end);

  OriginString slice(size_t begin, size_t end) const;

  /// Calls visit(bytes, origin) for each stretch of one origin within [begin, end), in order.
  template <typename Visit>
  void for_each_range(size_t begin, size_t end, Visit&& visit) const {
    if (borders_.empty()) {
      if (begin < end) visit(view().substr(begin, end - begin), first_);
      return;
    }
    for (size_t i = range_of(begin); begin < end; ++i) {
      const size_t stop = i < borders_.size() && borders_[i] < end ? borders_[i] : end;
      visit(view().substr(begin, stop - begin), origin_of_range(i));
      begin = stop;
    }
  }

  /// Bytes of memory that the string takes beside the object itself.
  size_t heap_size() const { return text_.capacity() + borders_.capacity() * sizeof(size_t); }

 private:
  /// What is appended next has this origin.
  void start(Origin origin);
  size_t range_of(size_t offset) const;
  Origin origin_of_range(size_t index) const {
    return index % 2 == 0 ? first_ : first_ == Origin::kTemplate ? Origin::kContent : Origin::kTemplate;
  }
  Origin last_origin() const { return origin_of_range(borders_.size()); }

  std::string text_;
  Origin first_ = Origin::kTemplate;
  std::vector<size_t> borders_;
};

/// The origin of what is made of two values: content taints.
inline Origin mix(Origin a, Origin b) { return a == Origin::kContent ? a : b; }

}  // namespace hearth::jinja
