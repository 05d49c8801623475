#include "text/jinja/library/text_ops.h"

#include <algorithm>

namespace hearth::jinja {

namespace {

constexpr uint32_t kCapitalSigma = 0x3a3;

/// Rewrites each code point: change(out, point, offset) appends what takes its place.
template <typename Change>
Result<OriginString> map_points(Runtime& runtime, const OriginString& text, Change&& change) {
  TRY(runtime.meter().spend_scan(text.size()));
  TRY(runtime.meter().check_room(text.size()));
  OriginString out;
  std::string piece;
  const bool one_origin = text.has_one_origin();
  Origin origin = text.origin_at(0);
  for_each_point(text.view(), [&](uint32_t point, size_t begin, size_t end) {
    if (!one_origin && text.origin_at(begin) != origin) {
      out.append(piece, origin);
      piece.clear();
      origin = text.origin_at(begin);
    }
    if (point == Utf8Step::kBadByte) {
      piece.append(text.view().substr(begin, end - begin));
    } else {
      change(piece, point, begin);
    }
    return true;
  });
  if (one_origin) return OriginString(std::move(piece), origin);
  out.append(piece, origin);
  return out;
}

void append_lower(std::string& out, std::string_view text, uint32_t point, size_t offset) {
  if (point == kCapitalSigma) {
    out += lower_sigma(text, offset);
  } else {
    append_case(out, point, CaseChange::kLower);
  }
}

}  // namespace

Result<OriginString> change_case(Runtime& runtime, const OriginString& text, CaseChange change) {
  return map_points(runtime, text, [&](std::string& out, uint32_t point, size_t offset) {
    if (change == CaseChange::kLower) {
      append_lower(out, text.view(), point, offset);
    } else {
      append_case(out, point, change);
    }
  });
}

Result<OriginString> capitalize(Runtime& runtime, const OriginString& text) {
  return map_points(runtime, text, [&](std::string& out, uint32_t point, size_t offset) {
    if (offset == 0) {
      append_case(out, point, CaseChange::kTitle);
    } else {
      append_lower(out, text.view(), point, offset);
    }
  });
}

Result<OriginString> title_case(Runtime& runtime, const OriginString& text) {
  bool in_word = false;
  return map_points(runtime, text, [&](std::string& out, uint32_t point, size_t offset) {
    if (in_word) {
      append_lower(out, text.view(), point, offset);
    } else {
      append_case(out, point, CaseChange::kTitle);
    }
    in_word = is_cased(point);
  });
}

Result<OriginString> swap_case(Runtime& runtime, const OriginString& text) {
  return map_points(runtime, text, [&](std::string& out, uint32_t point, size_t offset) {
    if (is_upper(point)) {
      append_lower(out, text.view(), point, offset);
    } else {
      append_case(out, point, is_lower(point) ? CaseChange::kUpper : CaseChange::kLower);
    }
  });
}

namespace {

/// The start of the code point that ends at `end` (> 0).
size_t previous_point(std::string_view text, size_t end) {
  constexpr size_t kLongest = 4;
  for (size_t size = 1; size <= std::min(end, kLongest); ++size) {
    if (next_utf8(text.substr(end - size)).size == size && (uint8_t(text[end - size]) & 0xc0) != 0x80)
      return end - size;
  }
  return end - 1;
}

}  // namespace

Result<OriginString> strip(Runtime& runtime, const OriginString& text, const OriginString* chars,
                           Sides sides) {
  std::vector<uint32_t> set;
  if (chars != nullptr) {
    TRY(runtime.meter().spend_scan(chars->size()));
    for_each_point(chars->view(), [&](uint32_t point, size_t, size_t) {
      set.push_back(point);
      return true;
    });
    std::ranges::sort(set);
  }
  const auto goes = [&](uint32_t point) {
    return chars == nullptr ? is_space(point) : std::ranges::binary_search(set, point);
  };
  const std::string_view bytes = text.view();
  size_t begin = 0, end = bytes.size();
  while (sides.left && begin < end) {
    const Utf8Step step = next_utf8(bytes.substr(begin));
    if (!goes(step.code_point)) break;
    begin += step.size;
  }
  while (sides.right && end > begin) {
    const size_t before = previous_point(bytes, end);
    if (!goes(next_utf8(bytes.substr(before)).code_point)) break;
    end = before;
  }
  TRY(runtime.meter().spend_scan(bytes.size() - (end - begin)));
  TRY(runtime.meter().spend_copy(end - begin));
  TRY(runtime.meter().check_room(end - begin));
  return text.slice(begin, end);
}

size_t count_occurrences(std::string_view text, std::string_view needle) {
  size_t count = 0;
  for (size_t at = text.find(needle); at != text.npos; at = text.find(needle, at + needle.size())) ++count;
  return count;
}

namespace {

/// replace() of the empty string: `fresh` before each code point and at the end.
Result<OriginString> interleave(Runtime& runtime, const OriginString& text, const OriginString& fresh,
                                uint64_t count) {
  TextBuilder out(runtime);
  size_t at = 0;
  while (count > 0) {
    TRY(out.append(fresh));
    --count;
    if (at == text.size()) break;
    const size_t next = at + next_utf8(text.view().substr(at)).size;
    TRY(out.append(text, at, next));
    at = next;
  }
  TRY(out.append(text, at, text.size()));
  return out.take();
}

}  // namespace

Result<OriginString> replace(Runtime& runtime, const OriginString& text, const OriginString& old,
                             const OriginString& fresh, int64_t count) {
  uint64_t left = count < 0 ? UINT64_MAX : uint64_t(count);
  TRY(runtime.meter().spend_copy(text.size()));
  if (old.empty()) return interleave(runtime, text, fresh, left);
  TextBuilder out(runtime);
  size_t at = 0;
  for (; left > 0; --left) {
    const size_t found = text.view().find(old.view(), at);
    if (found == std::string_view::npos) break;
    TRY(out.append(text, at, found));
    TRY(out.append(fresh));
    at = found + old.size();
  }
  TRY(out.append(text, at, text.size()));
  return out.take();
}

namespace {

/// Cut places found by a split, as [begin, end) of the parts.
using Parts = std::vector<std::pair<size_t, size_t>>;

Status add_part(Runtime& runtime, Parts& parts, size_t begin, size_t end) {
  TRY(runtime.spend(1));
  constexpr size_t kPartCost = sizeof(OriginString) + sizeof(parts[0]);
  if (parts.size() == parts.capacity()) TRY(runtime.meter().check_room(2 * kPartCost * parts.size()));
  parts.emplace_back(begin, end);
  return {};
}

Status split_at(Runtime& runtime, std::string_view text, std::string_view separator, uint64_t max_splits,
                Parts& parts) {
  size_t at = 0;
  for (; max_splits > 0; --max_splits) {
    const size_t found = text.find(separator, at);
    if (found == text.npos) break;
    TRY(add_part(runtime, parts, at, found));
    at = found + separator.size();
  }
  return add_part(runtime, parts, at, text.size());
}

/// The parts come out last first.
Status split_at_from_right(Runtime& runtime, std::string_view text, std::string_view separator,
                           uint64_t max_splits, Parts& parts) {
  size_t end = text.size();
  for (; max_splits > 0 && end >= separator.size(); --max_splits) {
    const size_t found = text.rfind(separator, end - separator.size());
    if (found == text.npos) break;
    TRY(add_part(runtime, parts, found + separator.size(), end));
    end = found;
  }
  return add_part(runtime, parts, 0, end);
}

size_t skip_space(std::string_view text, size_t at) {
  while (at < text.size()) {
    const Utf8Step step = next_utf8(text.substr(at));
    if (!is_space(step.code_point)) break;
    at += step.size;
  }
  return at;
}

Status split_words(Runtime& runtime, std::string_view text, uint64_t max_splits, Parts& parts) {
  size_t at = skip_space(text, 0);
  for (; at < text.size() && max_splits > 0; --max_splits) {
    size_t end = at;
    while (end < text.size()) {
      const Utf8Step step = next_utf8(text.substr(end));
      if (is_space(step.code_point)) break;
      end += step.size;
    }
    TRY(add_part(runtime, parts, at, end));
    at = skip_space(text, end);
  }
  return at < text.size() ? add_part(runtime, parts, at, text.size()) : Status();
}

/// The parts come out last first.
Status split_words_from_right(Runtime& runtime, std::string_view text, uint64_t max_splits, Parts& parts) {
  const auto space_before = [&](size_t end) {
    return is_space(next_utf8(text.substr(previous_point(text, end))).code_point);
  };
  size_t end = text.size();
  const auto skip_back = [&] {
    while (end > 0 && space_before(end)) end = previous_point(text, end);
  };
  skip_back();
  for (; end > 0 && max_splits > 0; --max_splits) {
    const size_t stop = end;
    while (end > 0 && !space_before(end)) end = previous_point(text, end);
    TRY(add_part(runtime, parts, end, stop));
    skip_back();
  }
  return end > 0 ? add_part(runtime, parts, 0, end) : Status();
}

Result<std::vector<OriginString>> cut(Runtime& runtime, const OriginString& text, const Parts& parts) {
  TRY(runtime.meter().spend_copy(text.size()));
  TRY(runtime.meter().check_room(text.size() + parts.size() * sizeof(OriginString)));
  std::vector<OriginString> pieces;
  pieces.reserve(parts.size());
  for (const auto& [begin, end] : parts) pieces.push_back(text.slice(begin, end));
  return pieces;
}

}  // namespace

Result<std::vector<OriginString>> split(Runtime& runtime, const OriginString& text,
                                        const OriginString* separator, int64_t max_splits, bool from_right) {
  TRY(runtime.meter().spend_scan(text.size()));
  const uint64_t limit = max_splits < 0 ? UINT64_MAX : uint64_t(max_splits);
  Parts parts;
  if (separator != nullptr) {
    TRY((from_right ? split_at_from_right : split_at)(runtime, text.view(), separator->view(), limit, parts));
  } else {
    TRY((from_right ? split_words_from_right : split_words)(runtime, text.view(), limit, parts));
  }
  if (from_right) std::ranges::reverse(parts);
  return cut(runtime, text, parts);
}

Result<std::vector<OriginString>> split_lines(Runtime& runtime, const OriginString& text, bool keep_ends) {
  TRY(runtime.meter().spend_scan(text.size()));
  const std::string_view bytes = text.view();
  Parts parts;
  size_t begin = 0;
  for (size_t at = 0; at < bytes.size();) {
    const Utf8Step step = next_utf8(bytes.substr(at));
    const uint32_t point = step.code_point;
    const bool ends = (point >= 0xa && point <= 0xd) || (point >= 0x1c && point <= 0x1e) || point == 0x85 ||
                      point == 0x2028 || point == 0x2029;
    size_t next = at + step.size;
    if (ends) {
      if (point == '\r' && next < bytes.size() && bytes[next] == '\n') ++next;
      TRY(add_part(runtime, parts, begin, keep_ends ? next : at));
      begin = next;
    }
    at = next;
  }
  if (begin < bytes.size()) TRY(add_part(runtime, parts, begin, bytes.size()));
  return cut(runtime, text, parts);
}

}  // namespace hearth::jinja
