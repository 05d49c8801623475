#include "store/import/weights_file_name.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "store/names/model_name.h"

namespace hearth {
namespace {

constexpr std::string_view kSuffix = ".gguf", kOf = "-of-";
constexpr size_t kPartDigits = 5;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value < 1) return std::nullopt;
  return value;
}

/// "-00001-of-00003" at the end.
void take_part(std::string_view& stem, WeightsFileName& name) {
  constexpr size_t kSize = 1 + kPartDigits + kOf.size() + kPartDigits;
  if (stem.size() <= kSize) return;
  const std::string_view end = stem.substr(stem.size() - kSize);
  const auto part = number(end.substr(1, kPartDigits)), parts = number(end.substr(kSize - kPartDigits));
  if (end.front() != '-' || end.substr(1 + kPartDigits, kOf.size()) != kOf || !part || !parts) return;
  name.part = *part;
  name.num_parts = *parts;
  stem.remove_suffix(kSize);
}

/// "q4_k_m", "iq2_xxs", "f16", "mxfp4": a letter or two, then a digit that says how many bits.
bool is_quantisation(std::string_view word) {
  for (const std::string_view whole : {"f16", "f32", "bf16", "fp16", "fp32", "mxfp4", "mxfp4_moe"}) {
    if (word == whole) return true;
  }
  for (const std::string_view start : {"iq", "tq", "q"}) {
    if (!word.starts_with(start)) continue;
    const std::string_view rest = word.substr(start.size());
    const auto is_inside = [](char c) { return is_digit(c) || c == '_' || (c >= 'a' && c <= 'z'); };
    return rest.size() >= 2 && is_digit(rest[0]) && rest[1] == '_' && std::ranges::all_of(rest, is_inside);
  }
  return false;
}

void take_quantisation(std::string_view& stem, WeightsFileName& name) {
  const size_t at = stem.find_last_of("-.");
  if (at == std::string_view::npos || at == 0) return;
  const std::string_view word = stem.substr(at + 1);
  if (!is_quantisation(small_letters(word))) return;
  name.quantisation = word;
  stem = stem.substr(0, at);
}

}  // namespace

WeightsFileName read_weights_file_name(std::string_view file) {
  std::string_view stem = file;
  if (small_letters(stem).ends_with(kSuffix)) stem.remove_suffix(kSuffix.size());
  WeightsFileName name;
  name.is_projector = small_letters(stem).find("mmproj") != std::string::npos;
  take_part(stem, name);
  take_quantisation(stem, name);
  name.base = stem;
  return name;
}

}  // namespace hearth
