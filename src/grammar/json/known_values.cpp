#include "grammar/json/known_values.h"

#include <algorithm>

namespace hearth::grammar {

std::vector<char32_t> KnownValues::text(uint32_t id) const {
  std::vector<char32_t> reversed;
  while (id != kEmptyText) {
    const std::span<const uint32_t> node = texts_.at(id);
    reversed.push_back(char32_t(node[1]));
    id = node[0];
  }
  std::ranges::reverse(reversed);
  return reversed;
}

/// Sign, power of ten and digits without zeros at either end: equal for equal numbers.
uint32_t KnownValues::number(uint32_t text) {
  const std::vector<char32_t> code_points = this->text(text);
  std::vector<uint32_t> digits;
  int64_t exponent = 0, written = 0;
  bool negative = false, in_fraction = false, in_exponent = false, negative_exponent = false;
  for (const char32_t c : code_points) {
    if (c == '-') {
      (in_exponent ? negative_exponent : negative) = true;
    } else if (c == '.') {
      in_fraction = true;
    } else if (c == 'e' || c == 'E') {
      in_exponent = true;
    } else if (c >= '0' && c <= '9' && in_exponent) {
      written = std::min<int64_t>(written * 10 + int64_t(c - '0'), int64_t(1) << 40);
    } else if (c >= '0' && c <= '9') {
      if (in_fraction) --exponent;
      if (!digits.empty() || c != '0') digits.push_back(uint32_t(c - '0'));
    }
  }
  exponent += negative_exponent ? -written : written;
  for (; !digits.empty() && digits.back() == 0; ++exponent) digits.pop_back();
  if (digits.empty()) {
    exponent = 0;
    negative = false;
  }
  std::vector<uint32_t> value{uint32_t(kNumber), uint32_t(negative), uint32_t(uint64_t(exponent)),
                              uint32_t(uint64_t(exponent) >> 32)};
  value.insert(value.end(), digits.begin(), digits.end());
  return values_.intern(value);
}

uint32_t KnownValues::array(std::span<const uint32_t> items) {
  std::vector<uint32_t> value{uint32_t(kArray)};
  value.insert(value.end(), items.begin(), items.end());
  return values_.intern(value);
}

uint32_t KnownValues::object(std::span<const uint32_t> members) {
  std::vector<std::pair<uint32_t, uint32_t>> sorted;
  for (size_t i = 0; i + 1 < members.size(); i += 2) sorted.emplace_back(members[i], members[i + 1]);
  std::ranges::sort(sorted);
  std::vector<uint32_t> value{uint32_t(kObject)};
  for (const auto& [key, member] : sorted) value.insert(value.end(), {key, member});
  return values_.intern(value);
}

std::optional<uint32_t> KnownValues::part(uint32_t value, uint32_t place) const {
  const std::span<const uint32_t> list = values_.at(value);
  if (list[0] == kArray) return place + 1 < list.size() ? std::optional(list[place + 1]) : std::nullopt;
  if (list[0] != kObject) return std::nullopt;
  for (size_t i = 1; i + 1 < list.size(); i += 2)
    if (list[i] == place) return list[i + 1];
  return std::nullopt;
}

bool KnownValues::begins_with(uint32_t value, JsonType type, std::span<const uint32_t> parts) const {
  const std::span<const uint32_t> list = values_.at(value);
  if (list[0] != uint32_t(type) || parts.size() > list.size() - 1) return false;
  if (type == kArray) return std::ranges::equal(parts, list.subspan(1, parts.size()));
  for (size_t i = 0; i + 1 < parts.size(); i += 2)
    if (part(value, parts[i]) != parts[i + 1]) return false;
  return true;
}

uint32_t KnownValues::Mover::text(uint32_t id) {
  uint32_t moved = kEmptyText;
  for (const char32_t code_point : from_->text(id)) moved = to_->append(moved, code_point);
  return moved;
}

uint32_t KnownValues::Mover::value(uint32_t id) {
  // As deep as values are nested, which the automaton limits.
  std::vector<uint32_t> list(from_->values_.at(id).begin(), from_->values_.at(id).end());
  if (list[0] == kString) list[1] = text(list[1]);
  if (list[0] == kArray)
    for (size_t i = 1; i < list.size(); ++i) list[i] = value(list[i]);
  if (list[0] == kObject) {
    std::vector<uint32_t> members;
    for (size_t i = 1; i + 1 < list.size(); i += 2)
      members.insert(members.end(), {text(list[i]), value(list[i + 1])});
    return to_->object(members);
  }
  return to_->values_.intern(list);
}

}  // namespace hearth::grammar
