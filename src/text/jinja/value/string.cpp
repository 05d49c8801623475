#include "text/jinja/value/string.h"

#include <algorithm>

namespace hearth::jinja {

size_t OriginString::range_of(size_t offset) const {
  return size_t(std::upper_bound(borders_.begin(), borders_.end(), offset) - borders_.begin());
}

Origin OriginString::origin_at(size_t offset) const {
  if (text_.empty()) return Origin::kTemplate;
  return origin_of_range(range_of(offset));
}

void OriginString::start(Origin origin) {
  if (text_.empty()) {
    first_ = origin;
    borders_.clear();
  } else if (last_origin() != origin) {
    borders_.push_back(text_.size());
  }
}

void OriginString::append(std::string_view bytes, Origin origin) {
  if (bytes.empty()) return;
  start(origin);
  text_.append(bytes);
}

void OriginString::append_fill(size_t count, char byte, Origin origin) {
  if (count == 0) return;
  start(origin);
  text_.append(count, byte);
}

void OriginString::append(const OriginString& other, size_t begin, size_t end) {
  if (this == &other) {
    const OriginString copy = other;
    append(copy, begin, end);
    return;
  }
  other.for_each_range(begin, end, [&](std::string_view bytes, Origin origin) { append(bytes, origin); });
}

OriginString OriginString::slice(size_t begin, size_t end) const {
  OriginString part;
  part.append(*this, begin, end);
  return part;
}

}  // namespace hearth::jinja
