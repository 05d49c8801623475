#include "grammar/satisfy/shape_builder.h"

#include <algorithm>

namespace hearth::grammar {

namespace {

/// The schemas applied to the same value, with what else must hold for them to count.
template <typename Visit>
void for_each_part(const SchemaNode& node, JsonType type, Visit visit) {
  for (const SchemaId part : node.all_of) visit(part);
  for (const auto& list : node.any_of)
    for (const SchemaId part : list) visit(part);
  for (const auto& list : node.one_of)
    for (const SchemaId part : list) visit(part);
  for (const auto& part : {node.not_schema, node.if_schema}) {
    if (part) visit(*part);
  }
  if (node.if_schema)
    for (const auto& part : {node.then_schema, node.else_schema})
      if (part) visit(*part);
  if (type == kObject && node.object)
    for (const auto& [key, part] : node.object->dependent_schemas) visit(part);
}

bool asks_of_keys(const ObjectRule& rule) {
  return !rule.properties.empty() || !rule.pattern_properties.empty() || rule.additional != kTrueSchema ||
         rule.property_names.value_or(kTrueSchema) != kTrueSchema;
}

bool asks_of_items(const ArrayRule& rule) { return !rule.prefix_items.empty() || rule.items != kTrueSchema; }

}  // namespace

TextLanguage* MadeLanguages::get(const TextLanguageMaker& maker) {
  auto& language = languages_[&maker];
  if (!language) language = maker.make();
  return language.get();
}

ShapeBuilder::ShapeBuilder(const SchemaProgram& program, MadeLanguages& made, std::span<const SchemaId> roots,
                           JsonType type)
    : program_(&program),
      made_(&made),
      shape_(std::make_unique<Shape>()),
      before_(roots.begin(), roots.end()) {
  shape_->type = type;
  formulas_ = {{kTrueSchema, kAlways}, {kFalseSchema, kNever}};
}

std::unique_ptr<Shape> ShapeBuilder::build() {
  const std::vector<SchemaId> roots = before_;
  collect();
  if (shape_->type == kObject) collect_keys();
  for (const SchemaId id : after_) formulas_[id] = formula_of(program_->schemas[id], id);
  for (const SchemaId root : roots) shape_->roots.push_back(formula(root));
  // However a key that comes twice is read, an array has as many items.
  const bool counts_items = shape_->type == kArray;
  for (FormulaId id = 2; id < shape_->circuit.size(); ++id) {
    const Circuit::Node& node = shape_->circuit.node(id);
    const auto is_settled = [&](FormulaId part) {
      const Circuit::Node& inner = shape_->circuit.node(part);
      if (inner.operation != Circuit::Operation::kAtom) return false;
      const Atom::Type atom = shape_->atoms[inner.first].type;
      return atom == Atom::Type::kSeen || (atom == Atom::Type::kCount && counts_items);
    };
    if (node.operation == Circuit::Operation::kOne ||
        (node.operation == Circuit::Operation::kNot && !is_settled(shape_->circuit.parts(id)[0])))
      shape_->is_monotone = false;
  }
  for (const Atom& atom : shape_->atoms)
    if ((atom.type == Atom::Type::kCount && !counts_items) || atom.type == Atom::Type::kUnevaluated)
      shape_->is_monotone = false;
  if (shape_->type == kObject) judge_others();
  for (Atom& atom : shape_->atoms)  // those of `made` were told apart by an odd index
    if (shape_->type == kString && atom.type == Atom::Type::kLanguage)
      atom.index = atom.index / 2 + (atom.index % 2 == 1 ? uint32_t(languages_.size()) : 0);
  if (shape_->type == kString || shape_->type == kObject)
    shape_->text = std::make_unique<TextProduct>(std::move(languages_), std::move(made_languages_));
  if (shape_->type == kNumber) shape_->numbers = std::make_unique<NumberProduct>(std::move(numbers_));
  return std::move(shape_);
}

void ShapeBuilder::judge_others() {
  const auto judges = [](SchemaId schema) { return schema != kTrueSchema && schema != kFalseSchema; };
  for (const ObjectRule* rule : shape_->object_rules) {
    bool one = judges(rule->additional);
    for (const auto& [language, schema] : rule->pattern_properties) one = one || judges(schema);
    shape_->judges_others = shape_->judges_others || one;
  }
  for (const UnevaluatedRule& rule : shape_->unevaluated)
    shape_->judges_others = shape_->judges_others || judges(rule.schema);
  for (const Atom& atom : shape_->atoms)
    shape_->counts_others = shape_->counts_others || atom.type == Atom::Type::kCount;
}

void ShapeBuilder::collect() {
  std::unordered_map<SchemaId, bool> met;
  std::vector<std::pair<SchemaId, bool>> stack;
  for (const SchemaId root : before_) stack.emplace_back(root, false);
  std::ranges::reverse(stack);
  before_.clear();
  while (!stack.empty()) {
    const auto [id, parts_done] = stack.back();
    stack.pop_back();
    if (parts_done) {
      after_.push_back(id);
      continue;
    }
    if (id == kTrueSchema || id == kFalseSchema || std::exchange(met[id], true)) continue;
    const SchemaNode& node = program_->schemas[id];
    before_.push_back(id);
    stack.emplace_back(id, true);
    if (!(node.types & shape_->type)) continue;
    collect_rules(node, id);
    const size_t size = stack.size();
    for_each_part(node, shape_->type, [&](SchemaId part) { stack.emplace_back(part, false); });
    std::reverse(stack.begin() + ptrdiff_t(size), stack.end());
  }
}

void ShapeBuilder::collect_rules(const SchemaNode& node, SchemaId id) {
  if (shape_->type == kObject && node.object) {
    rules_[id] = uint32_t(shape_->object_rules.size());
    shape_->object_rules.push_back(&*node.object);
  }
  if (shape_->type == kArray && node.array) {
    rules_[id] = uint32_t(shape_->array_rules.size());
    shape_->array_rules.push_back(&*node.array);
    shape_->num_prefix_items = std::max(shape_->num_prefix_items, uint32_t(node.array->prefix_items.size()));
  }
}

void ShapeBuilder::add_key(std::string_view text) {
  const auto [entry, is_new] = key_indices_.try_emplace(text, uint32_t(shape_->keys.size()));
  if (is_new) shape_->keys.push_back({text, ShapeKey::kUnlisted, {}});
}

uint32_t ShapeBuilder::key_index(std::string_view text) const { return key_indices_.at(text); }

void ShapeBuilder::collect_keys() {
  for (const ObjectRule* rule : shape_->object_rules) {
    for (const auto& [key, schema] : rule->properties) {
      add_key(key);
      uint32_t& order = shape_->keys[key_index(key)].order;
      if (order == ShapeKey::kUnlisted) order = shape_->num_listed++;
    }
    for (const std::string& key : rule->required) add_key(key);
    for (const auto& [key, others] : rule->dependent_required) {
      add_key(key);
      for (const std::string& other : others) add_key(other);
    }
    for (const auto& [key, schema] : rule->dependent_schemas) add_key(key);
  }
  std::ranges::sort(shape_->keys, {}, &ShapeKey::text);
  for (uint32_t i = 0; i < shape_->keys.size(); ++i) key_indices_[shape_->keys[i].text] = i;
  for (uint32_t rule = 0; rule < shape_->object_rules.size(); ++rule) {
    for (const auto& [key, schema] : shape_->object_rules[rule]->properties)
      shape_->keys[key_index(key)].schemas.emplace_back(rule, schema);
    for (const auto& [language, schema] : shape_->object_rules[rule]->pattern_properties)
      shape_->patterns.push_back({language_index(language), rule, schema});
    const SchemaId names = shape_->object_rules[rule]->property_names.value_or(kTrueSchema);
    if (names != kTrueSchema) shape_->names.emplace_back(rule, names);
  }
  shape_->num_patterns = uint32_t(languages_.size());
}

uint32_t ShapeBuilder::language_index(const TextDfaPtr& language) {
  const auto found = std::ranges::find(languages_, language);
  if (found == languages_.end()) {
    languages_.push_back(language);
    return uint32_t(languages_.size() - 1);
  }
  return uint32_t(found - languages_.begin());
}

FormulaId ShapeBuilder::atom(Atom::Type type, uint32_t index, uint64_t bound) {
  const auto [entry, is_new] = atoms_.try_emplace(Atom{type, index, bound}, kNever);
  if (is_new) {
    entry->second = shape_->circuit.atom(uint32_t(shape_->atoms.size()));
    shape_->atoms.push_back(entry->first);
    shape_->atom_formulas.push_back(entry->second);
    if (type == Atom::Type::kCount) shape_->max_count = std::max(shape_->max_count, bound);
    if (type == Atom::Type::kLength) shape_->max_length = std::max(shape_->max_length, bound);
  }
  return entry->second;
}

FormulaId ShapeBuilder::formula_of(const SchemaNode& node, SchemaId id) {
  if (!(node.types & shape_->type)) return kNever;
  std::vector<FormulaId> parts;
  if (shape_->type == kNumber && node.number && node.number->language) {
    parts.push_back(atom(Atom::Type::kLanguage, uint32_t(numbers_.size())));
    numbers_.push_back(node.number->language.get());
  }
  if (shape_->type == kString && node.string) add_string(*node.string, parts);
  if (shape_->type == kArray && node.array) add_array(*node.array, id, parts);
  if (shape_->type == kObject && node.object) add_object(*node.object, id, parts);
  add_applicators(node, parts);
  if (shape_->type == kObject && node.object && node.object->unevaluated_properties)
    parts.push_back(add_unevaluated(id, *node.object->unevaluated_properties));
  if (shape_->type == kArray && node.array && node.array->unevaluated_items)
    parts.push_back(add_unevaluated(id, *node.array->unevaluated_items));
  return shape_->circuit.all(parts);
}

void ShapeBuilder::add_string(const StringRule& rule, std::vector<FormulaId>& parts) {
  Circuit& circuit = shape_->circuit;
  if (rule.min_length > 0) parts.push_back(atom(Atom::Type::kLength, 0, rule.min_length));
  if (rule.max_length != UINT64_MAX)
    parts.push_back(circuit.negation(atom(Atom::Type::kLength, 0, rule.max_length + 1)));
  for (const TextDfaPtr& language : rule.languages)
    parts.push_back(atom(Atom::Type::kLanguage, 2 * language_index(language)));
  for (const auto& maker : rule.makers) {
    TextLanguage* const language = made_->get(*maker);
    const auto found = std::ranges::find(made_languages_, language);
    const uint32_t index = uint32_t(found - made_languages_.begin());
    if (found == made_languages_.end()) made_languages_.push_back(language);
    parts.push_back(atom(Atom::Type::kLanguage, 2 * index + 1));
  }
}

void ShapeBuilder::add_object(const ObjectRule& rule, SchemaId id, std::vector<FormulaId>& parts) {
  Circuit& circuit = shape_->circuit;
  if (asks_of_keys(rule)) parts.push_back(atom(Atom::Type::kRule, rules_.at(id)));
  for (const std::string& key : rule.required) parts.push_back(seen(key));
  if (rule.min_properties > 0) parts.push_back(atom(Atom::Type::kCount, 0, rule.min_properties));
  if (rule.max_properties != UINT64_MAX)
    parts.push_back(circuit.negation(atom(Atom::Type::kCount, 0, rule.max_properties + 1)));
  for (const auto& [key, others] : rule.dependent_required) {
    std::vector<FormulaId> needed;
    for (const std::string& other : others) needed.push_back(seen(other));
    parts.push_back(circuit.implies(seen(key), circuit.all(needed)));
  }
}

void ShapeBuilder::add_array(const ArrayRule& rule, SchemaId id, std::vector<FormulaId>& parts) {
  Circuit& circuit = shape_->circuit;
  if (asks_of_items(rule)) parts.push_back(atom(Atom::Type::kRule, rules_.at(id)));
  if (rule.min_items > 0) parts.push_back(atom(Atom::Type::kCount, 0, rule.min_items));
  if (rule.max_items != UINT64_MAX)
    parts.push_back(circuit.negation(atom(Atom::Type::kCount, 0, rule.max_items + 1)));
  if (rule.unique) parts.push_back(atom(Atom::Type::kUnique));
  if (!rule.contains) return;
  const uint32_t index = uint32_t(shape_->contains.size());
  contains_[id] = index;
  uint64_t bound = 0;
  if (rule.min_contains > 0) {
    parts.push_back(atom(Atom::Type::kContains, index, rule.min_contains));
    bound = rule.min_contains;
  }
  if (rule.max_contains != UINT64_MAX) {
    parts.push_back(circuit.negation(atom(Atom::Type::kContains, index, rule.max_contains + 1)));
    bound = std::max(bound, rule.max_contains + 1);
  }
  shape_->contains.emplace_back(rules_.at(id), bound);
}

void ShapeBuilder::add_applicators(const SchemaNode& node, std::vector<FormulaId>& parts) {
  Circuit& circuit = shape_->circuit;
  const auto formulas = [&](const std::vector<SchemaId>& ids) {
    std::vector<FormulaId> list;
    for (const SchemaId id : ids) list.push_back(formula(id));
    return list;
  };
  for (const SchemaId part : node.all_of) parts.push_back(formula(part));
  for (const auto& list : node.any_of) parts.push_back(circuit.any(formulas(list)));
  for (const auto& list : node.one_of) parts.push_back(circuit.one(formulas(list)));
  if (node.not_schema) parts.push_back(circuit.negation(formula(*node.not_schema)));
  if (node.if_schema) {
    const FormulaId condition = formula(*node.if_schema);
    if (node.then_schema) parts.push_back(circuit.implies(condition, formula(*node.then_schema)));
    if (node.else_schema)
      parts.push_back(circuit.implies(circuit.negation(condition), formula(*node.else_schema)));
  }
  if (shape_->type == kObject && node.object)
    for (const auto& [key, part] : node.object->dependent_schemas)
      parts.push_back(circuit.implies(seen(key), formula(part)));
}

FormulaId ShapeBuilder::add_unevaluated(SchemaId id, SchemaId unevaluated) {
  if (unevaluated == kTrueSchema) return kAlways;
  Circuit& circuit = shape_->circuit;
  UnevaluatedRule rule{unevaluated, {}};
  std::unordered_map<SchemaId, std::vector<FormulaId>> conditions{{id, {kAlways}}};
  // Backwards, parts come behind what they are parts of.
  for (auto i = after_.rbegin(); i != after_.rend(); ++i) {
    const auto found = conditions.find(*i);
    if (found == conditions.end()) continue;
    const FormulaId condition = circuit.any(found->second);
    const SchemaNode& node = program_->schemas[*i];
    if (condition == kNever || !(node.types & shape_->type)) continue;
    if (*i != id && ((node.object && node.object->unevaluated_properties && shape_->type == kObject) ||
                     (node.array && node.array->unevaluated_items && shape_->type == kArray)))
      rule.covers.push_back({UnevaluatedRule::Cover::Extent::kAll, 0, condition});
    else
      add_covers(*i, condition, rule);
    const auto pass = [&](SchemaId part, std::initializer_list<FormulaId> more) {
      if (part == kTrueSchema || part == kFalseSchema) return;
      std::vector<FormulaId> all{condition, formula(part)};
      all.insert(all.end(), more);
      conditions[part].push_back(circuit.all(all));
    };
    for (const SchemaId part : node.all_of) pass(part, {});
    for (const auto& list : node.any_of)
      for (const SchemaId part : list) pass(part, {});
    for (const auto& list : node.one_of)
      for (const SchemaId part : list) pass(part, {});
    if (node.if_schema) {
      const FormulaId holds = formula(*node.if_schema);
      pass(*node.if_schema, {});
      if (node.then_schema) pass(*node.then_schema, {holds});
      if (node.else_schema) pass(*node.else_schema, {circuit.negation(holds)});
    }
    if (shape_->type == kObject && node.object)
      for (const auto& [key, part] : node.object->dependent_schemas) pass(part, {seen(key)});
  }
  shape_->unevaluated.push_back(std::move(rule));
  return atom(Atom::Type::kUnevaluated, uint32_t(shape_->unevaluated.size() - 1));
}

void ShapeBuilder::add_covers(SchemaId id, FormulaId condition, UnevaluatedRule& rule) const {
  using Extent = UnevaluatedRule::Cover::Extent;
  if (const auto found = rules_.find(id); found != rules_.end())
    rule.covers.push_back({Extent::kRule, found->second, condition});
  if (const auto found = contains_.find(id); found != contains_.end())
    rule.covers.push_back({Extent::kContains, found->second, condition});
}

size_t Shape::memory_size() const {
  size_t size = sizeof(Shape) + circuit.memory_size() + roots.capacity() * sizeof(FormulaId) +
                atoms.capacity() * (sizeof(Atom) + sizeof(FormulaId)) + keys.capacity() * sizeof(ShapeKey);
  for (const ShapeKey& key : keys) size += key.schemas.capacity() * sizeof(key.schemas[0]);
  if (text) size += text->memory_size();
  if (numbers) size += numbers->memory_size();
  return size;
}

}  // namespace hearth::grammar
