#pragma once

#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "grammar/satisfy/shape.h"

namespace hearth::grammar {

/// Languages whose states are made as they are met, one of each for an automaton.
class MadeLanguages {
 public:
  TextLanguage* get(const TextLanguageMaker& maker);

 private:
  std::unordered_map<const TextLanguageMaker*, std::unique_ptr<TextLanguage>> languages_;
};

/// Makes the shape of a position: the schemas that are applied to the same value, as one circuit.
class ShapeBuilder {
 public:
  ShapeBuilder(const SchemaProgram& program, MadeLanguages& made, std::span<const SchemaId> roots,
               JsonType type);

  std::unique_ptr<Shape> build();

 private:
  void collect();
  void visit_parts(const SchemaNode& node, std::vector<SchemaId>& parts) const;
  void collect_rules(const SchemaNode& node, SchemaId id);
  void collect_keys();
  void judge_others();
  void add_key(std::string_view text);
  uint32_t key_index(std::string_view text) const;

  FormulaId formula_of(const SchemaNode& node, SchemaId id);
  void add_string(const StringRule& rule, std::vector<FormulaId>& parts);
  void add_object(const ObjectRule& rule, SchemaId id, std::vector<FormulaId>& parts);
  void add_array(const ArrayRule& rule, SchemaId id, std::vector<FormulaId>& parts);
  void add_applicators(const SchemaNode& node, std::vector<FormulaId>& parts);
  FormulaId add_unevaluated(SchemaId id, SchemaId unevaluated);
  void add_covers(SchemaId id, FormulaId condition, UnevaluatedRule& rule) const;

  FormulaId atom(Atom::Type type, uint32_t index = 0, uint64_t bound = 0);
  FormulaId seen(std::string_view key) { return atom(Atom::Type::kSeen, key_index(key)); }
  FormulaId formula(SchemaId id) const { return formulas_.at(id); }
  uint32_t language_index(const TextDfaPtr& language);

  const SchemaProgram* program_;
  MadeLanguages* made_;
  std::unique_ptr<Shape> shape_;
  std::vector<SchemaId> before_;  ///< the schemas, a schema before its parts as far as that can be
  std::vector<SchemaId> after_;   ///< parts before their schema
  std::unordered_map<SchemaId, FormulaId> formulas_;
  std::unordered_map<SchemaId, uint32_t> rules_, contains_;
  std::map<Atom, FormulaId> atoms_;
  std::vector<TextDfaPtr> languages_;
  std::vector<TextLanguage*> made_languages_;
  std::vector<const NumberLanguage*> numbers_;
  std::unordered_map<std::string_view, uint32_t> key_indices_;
};

}  // namespace hearth::grammar
