// A JSON Schema, a NUL, a JSON text: what the plain evaluator says of the text's value, the automaton that
// reads it byte by byte must say too, and its errors must help.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "grammar/check_text.h"
#include "grammar/json/compile_json_schema.h"
#include "grammar/schema/json_text.h"
#include "grammar/testing/evaluate.h"

namespace {

using namespace hearth;
using namespace hearth::grammar;

/// The evaluator visits a schema again for each way that leads to it, and has no bound of its own.
constexpr size_t kMaxSchemas = 40, kMaxValues = 40;
constexpr Limits kLimits = {.max_source_size = size_t(16) << 10,
                            .max_depth = 32,
                            .max_nodes = 20'000,
                            .max_dfa_states = 1000,
                            .compile_fuel = 200'000,
                            .mask_fuel = 20'000};

void check(bool promise) {
  if (!promise) __builtin_trap();
}

void check_error(const Error& error) {
  check(!error.message.empty());
  check(error.code == ErrorCode::kInvalidArgument || error.code == ErrorCode::kUnsupported ||
        error.code == ErrorCode::kResourceLimit);
}

/// Numbers with an exponent are of no language of numbers.
bool has_exponent(const JsonDocument& document) {
  for (JsonId id = 0; id < document.size(); ++id) {
    if (document.is(id, JsonKind::kNumber) && document.text(id).find_first_of("eE") != std::string_view::npos)
      return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string schema(input.substr(0, input.find('\0')));
  const std::string text(input.substr(std::min(schema.size() + 1, input.size())));

  ReadSchemaOptions tolerant;
  tolerant.tolerant = true;
  if (const auto program = read_json_schema(schema, tolerant, kLimits); !program)
    check_error(program.error());
  const auto program = read_json_schema(schema, {}, kLimits);
  if (!program) {
    check_error(program.error());
    return 0;
  }
  JsonDocument document;
  const auto value = document.add(text, kLimits);
  if (!value) check_error(value.error());
  const SchemaOptions options = {{JsonForm::Order::kAny, JsonForm::Whitespace::kAny}, {}};
  const auto compiled = compile_json_schema(schema, options, kLimits);
  if (!compiled) {
    check_error(compiled.error());
    return 0;
  }
  const auto automaton = (*compiled)->make_automaton();
  automaton->fuel() = {500'000, false};
  const TextCheck read = check_text(*automaton, value ? json_text(document, *value) : text);
  if (read.out_of_fuel || program->schemas.size() > kMaxSchemas) return 0;
  if (!value) {
    // What is no JSON is of no schema, but for keys that come twice and numbers that are out of bounds.
    check(!read.accepted || value.error().message.find("twice") != std::string::npos ||
          value.error().code == ErrorCode::kResourceLimit);
  } else if (document.size() <= kMaxValues && !has_exponent(document)) {
    check(read.accepted == evaluate(*program, document, *value));
  }
  return 0;
}
