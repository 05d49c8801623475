#include "transfer/registry/challenge.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace hearth::transfer {
namespace {

constexpr size_t kMaxSize = 16384, kMaxValues = 32;

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").contains(c);
}

/// Reads from the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool skip(std::string_view chars) {
    const size_t count = std::min(rest_.find_first_not_of(chars), rest_.size());
    rest_.remove_prefix(count);
    return count > 0;
  }
  std::string token() {
    size_t count = 0;
    while (count < rest_.size() && is_token_char(rest_[count])) ++count;
    std::string text(rest_.substr(0, count));
    rest_.remove_prefix(count);
    return text;
  }
  std::optional<std::string> quoted_string() {
    std::string text;
    if (!take('"')) return std::nullopt;
    while (!rest_.empty()) {
      if (take('"')) return text;
      if (take('\\') && rest_.empty()) return std::nullopt;
      text += rest_[0];
      rest_.remove_prefix(1);
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return text;
}

}  // namespace

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> challenges;
  Scanner scanner(header.substr(0, kMaxSize));
  while (true) {
    scanner.skip(" \t,");
    std::string name = lower(scanner.token());
    if (name.empty()) return challenges;
    const bool spaced = scanner.skip(" \t");
    if (!scanner.take('=')) {
      // A word by itself begins the next challenge.
      if (!spaced && !scanner.at_end() && !scanner.take(',')) return challenges;
      if (challenges.size() == kMaxValues) return challenges;
      challenges.push_back({.scheme = std::move(name), .values = {}});
      continue;
    }
    scanner.skip(" \t");
    std::optional<std::string> value = scanner.quoted_string();
    if (!value) value = scanner.token();
    if (challenges.empty() || challenges.back().values.size() == kMaxValues) return challenges;
    challenges.back().values.emplace(std::move(name), std::move(*value));
    scanner.skip(" \t");
    if (!scanner.at_end() && !scanner.take(',')) return challenges;
  }
}

}  // namespace hearth::transfer
