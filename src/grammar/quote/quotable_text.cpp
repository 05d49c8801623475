#include "grammar/quote/quotable_text.h"

#include <algorithm>

#include "text/unicode/unicode_data.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {
namespace {

/// Between two anchors code points are counted one by one.
constexpr size_t kMaxAnchorDistance = 4096;

/// Bytes of the white space character at the start of `text`, 0 where there is none.
size_t white_space_size(std::string_view text) {
  const uint8_t first = uint8_t(text[0]);
  if (first > 0x20 && first < 0x7f) return 0;
  const Utf8Step step = next_utf8(text);
  return unicode_properties(step.code_point).is_white_space() ? step.size : 0;
}

size_t white_space_run_size(std::string_view text) {
  size_t size = 0;
  while (size < text.size()) {
    const size_t more = white_space_size(text.substr(size));
    if (more == 0) break;
    size += more;
  }
  return size;
}

bool is_continuation(char byte) { return (uint8_t(byte) & 0xc0) == 0x80; }

std::string_view without_trailing_white_space(std::string_view text) {
  while (!text.empty()) {
    size_t last = text.size() - 1;
    while (last > 0 && is_continuation(text[last])) --last;
    if (white_space_size(text.substr(last)) == 0) break;
    text.remove_suffix(text.size() - last);
  }
  return text;
}

}  // namespace

std::string fold_whitespace(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  while (!text.empty()) {
    const size_t run = white_space_run_size(text);
    if (run > 0) {
      folded += ' ';
      text.remove_prefix(run);
    } else {
      const size_t size = next_utf8(text).size;
      folded.append(text.substr(0, size));
      text.remove_prefix(size);
    }
  }
  return folded;
}

QuotableText::QuotableText(std::span<const QuoteDocument* const> documents, const QuoteOptions& options) {
  size_t size = 0;
  for (const QuoteDocument* document : documents) size += document->text.size() + 1;
  bytes_.reserve(size);
  anchors_.reserve(size / kMaxAnchorDistance + documents.size());
  for (const QuoteDocument* document : documents) append(*document, options);
}

void QuotableText::append(const QuoteDocument& document, const QuoteOptions& options) {
  // No quote that ends at borders of words reaches into the white space at the end.
  const bool by_words = options.boundary == QuoteBoundary::kWord;
  const std::string_view text =
      by_words ? without_trailing_white_space(document.text) : std::string_view(document.text);
  const uint32_t begin = uint32_t(bytes_.size());
  anchors_.push_back({begin, 0, 0});
  if (options.fold_whitespace) {
    append_folded(text);
  } else {
    for (size_t at = 0, chars = 0; at < text.size(); at += kMaxAnchorDistance) {
      const std::string_view piece = text.substr(at, kMaxAnchorDistance);
      if (at > 0) anchors_.push_back({uint32_t(begin + at), uint32_t(at), uint32_t(chars)});
      chars += size_t(std::ranges::count_if(piece, [](char byte) { return !is_continuation(byte); }));
    }
    bytes_.append(text);
  }
  parts_.push_back({begin, uint32_t(bytes_.size())});
  bytes_ += kEnd;
  ids_.push_back(document.id);
}

void QuotableText::append_folded(std::string_view text) {
  size_t at = 0, chars = 0;
  while (at < text.size()) {
    const size_t run = white_space_run_size(text.substr(at));
    const size_t size = run > 0 ? run : next_utf8(text.substr(at)).size;
    chars += run > 0 ? count_code_points(text.substr(at, run)) : 1;
    if (run > 0) {
      bytes_ += ' ';
    } else {
      bytes_.append(text.substr(at, size));
    }
    at += size;
    if (run > 1 || bytes_.size() - anchors_.back().at >= kMaxAnchorDistance) {
      anchors_.push_back({uint32_t(bytes_.size()), uint32_t(at), uint32_t(chars)});
    }
  }
}

QuotableText::Position QuotableText::position_of(uint32_t at) const {
  const Anchor& anchor = *std::prev(std::ranges::upper_bound(anchors_, at, {}, &Anchor::at));
  const std::string_view between = std::string_view(bytes_).substr(anchor.at, at - anchor.at);
  const auto chars = std::ranges::count_if(between, [](char byte) { return !is_continuation(byte); });
  return {anchor.source_byte + between.size(), anchor.source_char + size_t(chars)};
}

QuotePlace QuotableText::place_of(uint32_t begin, uint32_t end) const {
  const auto part = std::prev(std::ranges::upper_bound(parts_, begin, {}, &Part::begin));
  const Position first = position_of(begin), last = position_of(end);
  return {ids_[size_t(part - parts_.begin())], first.byte, last.byte, first.character, last.character};
}

size_t QuotableText::memory_size() const {
  size_t size = bytes_.capacity() + parts_.capacity() * sizeof(Part) + anchors_.capacity() * sizeof(Anchor);
  for (const std::string& id : ids_) size += sizeof(id) + id.capacity();
  return size;
}

}  // namespace hearth::grammar
