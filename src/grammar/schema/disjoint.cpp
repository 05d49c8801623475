#include "grammar/schema/disjoint.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "grammar/regex/decimal.h"

namespace hearth::grammar {

namespace {

constexpr uint32_t kMaxDepth = 2;        // of properties in properties
constexpr size_t kMaxParts = 64;         // schemas of one value that are looked through
constexpr size_t kMaxProperties = 16;    // that are tried
constexpr size_t kMaxClass = 64;         // code points that a language does not tell apart
constexpr uint32_t kMaxTextSize = 1000;  // of a constant

using Strings = std::set<std::string, std::less<>>;

/// The code points of each class that has few, as they are written in texts; of others none.
std::vector<std::vector<std::string>> class_members(const Alphabet& alphabet) {
  std::vector<std::vector<std::string>> members(alphabet.num_classes());
  std::vector<bool> is_large(alphabet.num_classes(), false);
  const auto runs = alphabet.runs();
  for (size_t i = 0; i < runs.size(); ++i) {
    const char32_t behind = i + 1 < runs.size() ? runs[i + 1].first : 0x110000;
    auto& list = members[runs[i].class_id];
    if (list.size() + (behind - runs[i].first) > kMaxClass) is_large[runs[i].class_id] = true;
    if (is_large[runs[i].class_id]) continue;
    for (char32_t c = runs[i].first; c < behind; ++c) list.push_back(fmt::format("{:06x}", uint32_t(c)));
  }
  for (size_t i = 0; i < members.size(); ++i)
    if (is_large[i]) members[i].clear();
  return members;
}

/// The texts of a language that has few, as numbers of their code points.
std::optional<Strings> texts_of(const TextDfa& language, Fuel& fuel) {
  const auto longest = language.longest_rest(language.start());
  if (language.empty() || !longest || *longest > kMaxTextSize) return std::nullopt;
  if (!fuel.take(language.alphabet().runs().size())) return std::nullopt;
  const auto members = class_members(language.alphabet());
  Strings texts;
  std::vector<std::pair<StateId, std::string>> stack{{language.start(), {}}};
  bool is_listed = true;
  while (!stack.empty() && is_listed) {
    const auto [state, text] = std::move(stack.back());
    stack.pop_back();
    if (language.accepts(state)) texts.insert(text);
    language.for_each_edge(state, [&](uint32_t class_id, StateId next) {
      is_listed = is_listed && !members[class_id].empty();
      for (const std::string& member : members[class_id]) stack.emplace_back(next, text + member);
    });
    is_listed = is_listed && fuel.take(1 + text.size() / 16);
  }
  return is_listed ? std::optional(std::move(texts)) : std::nullopt;
}

/// Equal numbers are written alike.
std::optional<Strings> numbers_of(const NumberRule& rule) {
  Strings numbers;
  for (const std::string& text : rule.equal_to) {
    const auto decimal = Decimal::parse(text);
    if (!decimal) return std::nullopt;
    numbers.insert(fmt::format("{}{}e{}", decimal->negative ? "-" : "", decimal->digits, decimal->exponent));
  }
  return numbers.empty() ? std::nullopt : std::optional(std::move(numbers));
}

/// A schema as what it asks of one value, with what schemas within it ask of the same.
class Branch {
 public:
  Branch(const SchemaProgram& program, SchemaId id) {
    std::vector<SchemaId> ids{id};
    for (size_t i = 0; i < ids.size() && ids.size() < kMaxParts; ++i)
      for (const SchemaId part : program.schemas[ids[i]].all_of) ids.push_back(part);
    for (const SchemaId part : ids) parts_.push_back(&program.schemas[part]);
    if (id == kFalseSchema) parts_.clear();
    for (const SchemaNode* const part : parts_) types_ &= part->types;
    if (parts_.empty()) types_ = 0;
  }

  bool is_of(JsonType type) const { return (types_ & type) != 0; }

  /// The constants that a string or a number of it must be.
  std::optional<Strings> constants(JsonType type, Fuel& fuel) const {
    for (const SchemaNode* const part : parts_) {
      std::optional<Strings> constants;
      if (type == kNumber && part->number) constants = numbers_of(*part->number);
      if (type == kString && part->string && !part->string->languages.empty())
        constants = texts_of(*part->string->languages.front(), fuel);
      if (constants) return constants;
    }
    return std::nullopt;
  }

  Strings required() const {
    Strings keys;
    for (const SchemaNode* const part : parts_)
      if (part->object) keys.insert(part->object->required.begin(), part->object->required.end());
    return keys;
  }
  bool requires_key(std::string_view key) const {
    return std::ranges::any_of(parts_, [&](const SchemaNode* part) {
      return part->object && std::ranges::find(part->object->required, key) != part->object->required.end();
    });
  }
  std::optional<SchemaId> property(std::string_view key) const {
    for (const SchemaNode* const part : parts_) {
      if (!part->object) continue;
      const auto& properties = part->object->properties;
      const auto found = std::ranges::find(properties, key, &std::pair<std::string, SchemaId>::first);
      if (found != properties.end()) return found->second;
    }
    return std::nullopt;
  }

 private:
  std::vector<const SchemaNode*> parts_;
  uint8_t types_ = kAnyType;
};

class Disjointness {
 public:
  Disjointness(const SchemaProgram& program, Fuel& fuel) : program_(&program), fuel_(&fuel) {}

  bool holds(std::span<const SchemaId> schemas, uint32_t depth) {
    if (!fuel_->take(schemas.size() * 4)) return false;
    std::vector<Branch> branches;
    for (const SchemaId schema : schemas) branches.emplace_back(*program_, schema);
    for (const JsonType type : {kNull, kFalse, kTrue, kArray, kString, kNumber, kObject}) {
      std::vector<const Branch*> of_type;
      for (const Branch& branch : branches)
        if (branch.is_of(type)) of_type.push_back(&branch);
      if (of_type.size() > 1 && !are_told_apart(of_type, type, depth)) return false;
    }
    return true;
  }

 private:
  bool are_told_apart(const std::vector<const Branch*>& branches, JsonType type, uint32_t depth) {
    if (type == kObject) return depth < kMaxDepth && are_told_apart_by_key(branches, depth);
    if (type != kString && type != kNumber) return false;
    Strings all;
    return std::ranges::all_of(branches, [&](const Branch* branch) {
      const auto constants = branch->constants(type, *fuel_);
      return constants &&
             std::ranges::all_of(*constants, [&](const std::string& one) { return all.insert(one).second; });
    });
  }

  bool are_told_apart_by_key(const std::vector<const Branch*>& branches, uint32_t depth) {
    size_t num_tried = 0;
    for (const std::string& key : branches.front()->required()) {
      if (++num_tried > kMaxProperties) break;
      std::vector<SchemaId> values;
      for (const Branch* const branch : branches) {
        const auto value = branch->requires_key(key) ? branch->property(key) : std::nullopt;
        if (!value) break;
        values.push_back(*value);
      }
      if (values.size() == branches.size() && holds(values, depth + 1)) return true;
    }
    return false;
  }

  const SchemaProgram* program_;
  Fuel* fuel_;
};

}  // namespace

bool are_disjoint(const SchemaProgram& program, std::span<const SchemaId> schemas, Fuel& fuel) {
  return Disjointness(program, fuel).holds(schemas, 0) && !fuel.exhausted;
}

}  // namespace hearth::grammar
