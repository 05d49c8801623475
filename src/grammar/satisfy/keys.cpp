#include <algorithm>

#include "grammar/satisfy/satisfier.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {

namespace {

constexpr uint32_t kMaxPatternStates = 500;
constexpr size_t kMaxPatternSets = 32;

}  // namespace

const Satisfier::Names* Satisfier::names(ShapeId shape_id) {
  const Shape& shape = this->shape(shape_id);
  if (shape.names.empty()) return nullptr;
  if (const auto found = names_.find(shape_id); found != names_.end()) return &found->second;
  std::vector<SchemaId> roots;
  for (const auto& [rule, schema] : shape.names) roots.push_back(schema);
  std::ranges::sort(roots);
  roots.erase(std::ranges::unique(roots).begin(), roots.end());
  Names names{positions_.intern(roots), 0, {}};
  for (const auto& [rule, schema] : shape.names)
    names.uses.push_back({uint32_t(std::ranges::lower_bound(roots, schema) - roots.begin()), rule});
  names.shape = positions_.shape(names.position, kString);
  return &names_.emplace(shape_id, std::move(names)).first->second;
}

void Satisfier::fail_names(const Names& names, TextProduct::State state, uint64_t length, Bits& failed) {
  std::vector<uint8_t> answers;
  answer_text(shape(names.shape), state, length, answers);
  for (const auto& [root, rule] : names.uses)
    if (answers[root] == 0) set_bit(failed, rule);
}

const Satisfier::KeyTraits& Satisfier::key_traits(ShapeId shape_id, uint32_t key) {
  const uint64_t index = uint64_t(shape_id) << 32 | key;
  if (const auto found = key_traits_.find(index); found != key_traits_.end()) return found->second;
  const Names* const names = this->names(shape_id);
  const Shape& shape = this->shape(shape_id);
  KeyTraits traits{{}, make_bits(shape.num_failures())};
  if (names != nullptr || shape.num_patterns > 0) {
    TextProduct* const name_text = names == nullptr ? nullptr : this->shape(names->shape).text.get();
    TextProduct::State state = shape.text->start();
    TextProduct::State name_state = name_text == nullptr ? 0 : name_text->start();
    uint64_t length = 0;
    const std::string_view text = shape.keys[key].text;
    for (size_t i = 0; i < text.size(); ++length) {
      const auto [code_point, size] = next_utf8(text.substr(i));
      i += size;
      state = shape.text->step(state, code_point);
      if (name_text != nullptr) name_state = name_text->step(name_state, code_point);
    }
    for (uint32_t i = 0; i < shape.num_patterns; ++i)
      if (shape.text->accepts(state, i)) traits.patterns.push_back(i);
    if (names != nullptr) fail_names(*names, name_state, length, traits.failed);
  }
  return key_traits_.emplace(index, std::move(traits)).first->second;
}

const Satisfier::PatternSets& Satisfier::pattern_sets(ShapeId shape_id) {
  const auto [entry, is_new] = pattern_sets_.try_emplace(shape_id);
  PatternSets& sets = entry->second;
  if (!is_new) return sets;
  const Shape& shape = this->shape(shape_id);
  sets.emplace();
  if (shape.num_patterns == 0) {
    sets->emplace_back();
    return sets;
  }
  std::vector<TextProduct::State> met{shape.text->start()};
  for (size_t i = 0; i < met.size(); ++i) {
    std::vector<uint32_t> patterns;
    for (uint32_t p = 0; p < shape.num_patterns; ++p)
      if (shape.text->accepts(met[i], p)) patterns.push_back(p);
    if (std::ranges::find(*sets, patterns) == sets->end()) sets->push_back(std::move(patterns));
    const TextProduct::State state = met[i];
    for (const CodePointSpan span : {CodePointSpan{0, 0xD7FF}, CodePointSpan{0xE000, 0x10FFFF}})
      shape.text->visit_classes(state, span, [&](char32_t code_point) {
        const TextProduct::State next = shape.text->step(state, code_point);
        if (std::ranges::find(met, next) == met.end()) met.push_back(next);
        return false;
      });
    if (met.size() > kMaxPatternStates || sets->size() > kMaxPatternSets) {
      sets.reset();
      break;
    }
  }
  return sets;
}

}  // namespace hearth::grammar
