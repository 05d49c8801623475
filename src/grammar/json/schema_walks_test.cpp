#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "grammar/json/schema_automaton.h"
#include "grammar/schema/read_schema.h"
#include "grammar/testing/evaluate.h"
#include "grammar/testing/random_walk.h"

// Texts by chance of schemas by chance: no walk gets stuck, and what ends is right.

namespace hearth::grammar {
namespace {

/// What says how long to look: HEARTH_SCHEMA_WALKS schemas from the seed HEARTH_SCHEMA_SEED on.
size_t number_of(const char* name, size_t otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : std::stoull(value);
}

constexpr JsonForm kForms[] = {
    {.order = JsonForm::Order::kAny, .whitespace = JsonForm::Whitespace::kCompact},
    {.order = JsonForm::Order::kSchema, .whitespace = JsonForm::Whitespace::kSpaced},
    {.order = JsonForm::Order::kSchema, .whitespace = JsonForm::Whitespace::kFlexible, .max_indent = 2}};

/// Writes `schema TAB text` lines where HEARTH_SCHEMA_TEXTS names a file, for a validator of someone else.
class Texts {
 public:
  Texts() {
    if (const char* const path = std::getenv("HEARTH_SCHEMA_TEXTS")) file_.open(path, std::ios::app);
  }
  void add(const std::string& schema, const std::string& text) {
    if (file_.is_open() && text.find('\n') == text.npos) file_ << schema << '\t' << text << '\n';
  }

 private:
  std::ofstream file_;
};

/// False where the reader takes no text in which a key comes twice, which an open value may hold.
bool is_right(const SchemaProgram& program, const std::string& text) {
  JsonDocument document;
  const auto value = document.add(text, Limits());
  if (!value) EXPECT_NE(value.error().message.find("comes twice"), std::string::npos) << text;
  return !value || evaluate(program, document, *value);
}

TEST(SchemaWalks, NeverGetStuckAndEndRight) {
  const size_t num_schemas = number_of("HEARTH_SCHEMA_WALKS", 120);
  const size_t first_seed = number_of("HEARTH_SCHEMA_SEED", 1);
  Texts texts;
  size_t num_whole = 0, num_long = 0;
  for (size_t i = 0; i < num_schemas; ++i) {
    Random random(uint32_t(first_seed + i));
    const std::string schema = i % 4 == 0 ? random_schema(random, 2) : random_tight_schema(random, 2);
    auto read = read_json_schema(schema, {}, Limits());
    if (!read) continue;
    const auto program = std::make_shared<const SchemaProgram>(std::move(*read));
    SchemaAutomaton automaton(program, kForms[i % std::size(kForms)]);
    for (int walks = 0; walks < 6; ++walks) {
      const RandomWalk walk = random_walk(automaton, random, 120);
      num_whole += walk.end == RandomWalk::End::kWhole;
      num_long += walk.end == RandomWalk::End::kLong;
      if (walk.end == RandomWalk::End::kStuck && !walk.text.empty()) {
        ADD_FAILURE() << "stuck, seed " << first_seed + i << "\n" << schema << "\n" << walk.text;
        break;
      }
      if (walk.end != RandomWalk::End::kWhole) continue;
      ASSERT_TRUE(is_right(*program, walk.text)) << schema << "\n" << walk.text;
      texts.add(schema, walk.text);
    }
  }
  EXPECT_GT(num_whole, num_schemas);
  EXPECT_LT(num_long, num_schemas / 4);
}

TEST(SchemaWalks, TightSchemasAgreeWithTheEvaluator) {
  const size_t num_schemas = number_of("HEARTH_SCHEMA_WALKS", 120) * 4;
  size_t num_right = 0;
  for (size_t i = 0; i < num_schemas; ++i) {
    Random random(uint32_t(number_of("HEARTH_SCHEMA_SEED", 1) + i));
    const std::string schema = random_tight_schema(random, 2);
    auto read = read_json_schema(schema, {}, Limits());
    if (!read) continue;
    const auto program = std::make_shared<const SchemaProgram>(std::move(*read));
    SchemaAutomaton automaton(program, kForms[0]);
    for (int j = 0; j < 60; ++j) {
      const std::string text = random_value(random, 3);
      StateId state = automaton.start();
      for (size_t at = 0; at < text.size() && state != kDeadState; ++at)
        state = automaton.step(state, uint8_t(text[at]));
      const bool right = is_right(*program, text);
      num_right += right;
      ASSERT_EQ(state != kDeadState && automaton.accepts(state), right) << schema << "\n" << text;
    }
  }
  EXPECT_GT(num_right, num_schemas);
}

}  // namespace
}  // namespace hearth::grammar
