#include "models/architecture_names.h"

#include <cctype>
#include <string>

namespace hearth {

namespace {

constexpr size_t kMostRelatives = 6;
constexpr size_t kShortestFamily = 3;

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

/// "qwen" of "qwen3moe" and of "Qwen3MoeForCausalLM", "gpt" of "GPTNeoXForCausalLM".
std::string family_of(std::string_view name) {
  size_t end = name.empty() ? 0 : 1;
  if (is_class_name(name) && end < name.size() && !is_lower(name[end])) {
    // Capitals, the last of which begins the next word.
    while (end + 1 < name.size() && is_letter(name[end + 1]) && !is_lower(name[end + 1])) ++end;
  } else {
    while (end < name.size() && is_lower(name[end])) ++end;
  }
  std::string family(name.substr(0, end));
  for (char& c : family) c = char(std::tolower(static_cast<unsigned char>(c)));
  return family;
}

}  // namespace

bool is_class_name(std::string_view architecture) {
  return !architecture.empty() && std::isupper(static_cast<unsigned char>(architecture.front())) != 0;
}

std::vector<std::string_view> relatives_of(std::string_view architecture,
                                           const std::vector<std::string_view>& known) {
  std::vector<std::string_view> relatives;
  const std::string family = family_of(architecture);
  if (family.size() < kShortestFamily) return relatives;
  for (const std::string_view name : known) {
    if (is_class_name(name) != is_class_name(architecture) || family_of(name) != family) continue;
    if (relatives.size() < kMostRelatives) relatives.push_back(name);
  }
  return relatives;
}

}  // namespace hearth
