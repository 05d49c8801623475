#include "grammar/json/compile_json_schema.h"

#include <memory>
#include <utility>

#include "grammar/json/schema_automaton.h"
#include "grammar/quote/quoted_strings.h"

namespace hearth::grammar {

namespace {

class SchemaGrammar final : public Grammar {
 public:
  SchemaGrammar(SchemaProgram program, const JsonForm& form)
      : program_(std::make_shared<const SchemaProgram>(std::move(program))), form_(form) {}

  std::unique_ptr<Automaton> make_automaton() const override {
    return std::make_unique<SchemaAutomaton>(program_, form_);
  }
  std::vector<std::string> warnings() const override { return program_->warnings; }
  size_t memory_size() const override;
  std::vector<QuotedString> quotes(std::string_view text, size_t max_places) const override {
    return quoted_strings(*program_, text, max_places);
  }

 private:
  std::shared_ptr<const SchemaProgram> program_;
  JsonForm form_;
};

size_t size_of(const SchemaNode& node) {
  size_t size = sizeof(SchemaNode) + node.all_of.size() * sizeof(SchemaId) + node.pointer.size();
  for (const auto* lists : {&node.any_of, &node.one_of})
    for (const auto& list : *lists) size += sizeof(std::vector<SchemaId>) + list.size() * sizeof(SchemaId);
  if (node.number && node.number->language) size += node.number->language->memory_size();
  if (node.string) {
    for (const TextDfaPtr& language : node.string->languages) size += language->memory_size();
    for (const auto& maker : node.string->makers) size += maker->memory_size();
  }
  if (node.array) size += node.array->prefix_items.size() * sizeof(SchemaId);
  if (node.object) {
    for (const auto& [key, schema] : node.object->properties) size += sizeof(std::string) + key.size() + 8;
    for (const std::string& key : node.object->required) size += sizeof(std::string) + key.size();
    for (const auto& [language, schema] : node.object->pattern_properties) size += language->memory_size();
  }
  return size;
}

size_t SchemaGrammar::memory_size() const {
  size_t size = sizeof(*this);
  for (const SchemaNode& node : program_->schemas) size += size_of(node);
  return size;
}

}  // namespace

Result<GrammarPtr> compile_json_schema(std::string text, const SchemaOptions& options, const Limits& limits) {
  SchemaProgram program = TRY(read_json_schema(std::move(text), options.reading, limits));
  return std::make_shared<SchemaGrammar>(std::move(program), options.form);
}

Result<GrammarPtr> compile_json_object(const JsonForm& form, const Limits& limits) {
  return compile_json_schema(R"({"type": "object"})", {form, {}}, limits);
}

}  // namespace hearth::grammar
