#include "cli/arguments/suggestion.h"

#include <algorithm>
#include <vector>

namespace hearth::cli {
namespace {

constexpr size_t kLongestWord = 64;  // of what is compared at all
constexpr size_t kShortestStart = 3;

/// Lower case, with "-" for "_".
std::string plain(std::string_view word) {
  std::string text(word);
  for (char& letter : text) {
    if (letter == '_') letter = '-';
    if (letter >= 'A' && letter <= 'Z') letter = char(letter - 'A' + 'a');
  }
  return text;
}

/// Letters put in, left out, changed, or swapped with their neighbour (optimal string alignment).
size_t num_slips(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> slips(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        slips[i][j] = i + j;
        continue;
      }
      const size_t changed = slips[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      slips[i][j] = std::min({slips[i - 1][j] + 1, slips[i][j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        slips[i][j] = std::min(slips[i][j], slips[i - 2][j - 2] + 1);
      }
    }
  }
  return slips[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string> names) {
  if (word.size() > kLongestWord) return {};
  const std::string meant = plain(word);
  const size_t bare = meant.size() - std::min(meant.size(), meant.find_first_not_of('-'));
  std::string best;
  size_t fewest = 1 + bare / 3;
  for (const std::string& name : names) {
    const size_t slips = num_slips(meant, plain(name));
    if (slips < fewest || (slips == fewest && best.empty() && slips <= bare / 3)) {
      best = name;
      fewest = slips;
    }
  }
  if (!best.empty() || bare < kShortestStart) return best;
  for (const std::string& name : names) {
    if (!plain(name).starts_with(meant)) continue;
    if (!best.empty()) return {};
    best = name;
  }
  return best;
}

}  // namespace hearth::cli
