#include "text/template/mark_pieces.h"

#include <algorithm>

namespace hearth {
namespace {

constexpr size_t kMaxMark = 96;

bool is_upper_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

/// Bytes of the mark that begins `text`; 1 where none does. A tag that is not closed reaches to the end.
size_t mark_size(std::string_view text) {
  if (text[0] == '[') {
    const size_t end = text.find(']');
    return end != text.npos &&
                   is_upper_name(text.substr(text[1] == '/' ? 2 : 1, end - (text[1] == '/' ? 2 : 1)))
               ? end + 1
               : 1;
  }
  if (text[0] != '<') return 1;
  const size_t end = text.find_first_of("<>\n", 1);
  if (end == text.npos) return std::min(text.size(), kMaxMark);
  return text[end] == '>' && end < kMaxMark ? end + 1 : 1;
}

}  // namespace

std::vector<std::string_view> mark_pieces(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const size_t size = mark_size(text);
    pieces.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return pieces;
}

std::vector<std::string> mark_words(std::string_view text) {
  std::vector<std::string> words;
  bool is_open = false;
  for (const std::string_view piece : mark_pieces(text)) {
    if (piece == " " || piece == "\n" || piece == "\t" || piece == "\r") {
      is_open = false;
      continue;
    }
    if (!is_open || piece.size() > 1) words.emplace_back();
    words.back() += piece;
    // A tag that waits for a name: "<act ".
    words.back().erase(words.back().find_last_not_of(" \n\t\r") + 1);
    is_open = true;
  }
  return words;
}

size_t common_prefix(std::string_view a, std::string_view b) {
  const auto left = mark_pieces(a), right = mark_pieces(b);
  size_t size = 0;
  for (size_t i = 0; i < std::min(left.size(), right.size()) && left[i] == right[i]; ++i) {
    size += left[i].size();
  }
  return size;
}

size_t common_suffix(std::string_view a, std::string_view b) {
  const auto left = mark_pieces(a), right = mark_pieces(b);
  size_t size = 0;
  for (size_t i = 1; i <= std::min(left.size(), right.size()); ++i) {
    const std::string_view piece = left[left.size() - i];
    if (piece != right[right.size() - i]) break;
    size += piece.size();
  }
  return size;
}

}  // namespace hearth
