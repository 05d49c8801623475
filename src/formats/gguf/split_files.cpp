#include "formats/gguf/split_files.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace hearth {

namespace {

constexpr std::string_view kExtension = ".gguf", kOf = "-of-";
constexpr size_t kDigits = 5;
constexpr int kMaxParts = 1024;  // the largest sets published have some dozens

/// Takes "00012" off the end of `text`.
std::optional<int> take_number(std::string_view& text) {
  if (text.size() < kDigits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(text.size() - kDigits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_suffix(kDigits);
  return number;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

}  // namespace

Result<std::vector<std::filesystem::path>> split_file_paths(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  std::string_view rest = name;
  if (!take_suffix(rest, kExtension)) return std::vector{path};
  const std::optional<int> count = take_number(rest);
  if (!count || !take_suffix(rest, kOf)) return std::vector{path};
  const std::optional<int> number = take_number(rest);
  if (!number || !take_suffix(rest, "-")) return std::vector{path};
  if (*number < 1 || *number > *count || *count > kMaxParts) {
    return fail_hint(ErrorCode::kCorruptData, "give the parts the names they were published under",
                     "{} is named as part {} of {}", path.string(), *number, *count);
  }
  std::vector<std::filesystem::path> paths;
  for (int i = 1; i <= *count; ++i) {
    paths.push_back(path.parent_path() / fmt::format("{}-{:05}-of-{:05}{}", rest, i, *count, kExtension));
  }
  return paths;
}

}  // namespace hearth
