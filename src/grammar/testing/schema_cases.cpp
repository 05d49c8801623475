#include "grammar/testing/schema_cases.h"

#include <filesystem>

#include "base/file.h"
#include "grammar/check_text.h"
#include "grammar/json/compile_json_schema.h"
#include "grammar/schema/json_text.h"
#include "grammar/schema/schema_error.h"

namespace hearth::grammar {

namespace {

constexpr Limits kFileLimits = {
    .max_source_size = size_t(64) << 20, .max_depth = 2000, .max_nodes = 20'000'000};
constexpr uint64_t kFuel = 100'000'000;  // of an instance
constexpr size_t kShownBytes = 80;

std::vector<SchemaCase::Instance> instances(const JsonDocument& document, JsonId tests) {
  std::vector<SchemaCase::Instance> all;
  for (const JsonId test : document.items(tests))
    all.push_back({json_text(document, *document.find(test, "data")),
                   document.is(*document.find(test, "valid"), JsonKind::kTrue)});
  return all;
}

/// The schema's text, with the draft that it is of.
std::string with_metaschema(const JsonDocument& document, JsonId schema, std::string_view metaschema) {
  std::string text(document.source(schema));
  if (!document.is(schema, JsonKind::kObject) || document.find(schema, "$schema")) return text;
  const std::string_view comma = document.members(schema).empty() ? "" : ",";
  return fmt::format("{{\"$schema\":\"{}\"{}{}", metaschema, comma, text.substr(1));
}

Result<JsonDocument> read(const std::string& path) {
  JsonDocument document;
  TRY(document.add(TRY(read_file(path, kFileLimits.max_source_size)), kFileLimits));
  return document;
}

constexpr JsonId kRoot = 0;

}  // namespace

Result<std::vector<SchemaCase>> read_suite(const std::string& path, std::string_view metaschema) {
  const JsonDocument document = TRY(read(path));
  std::vector<SchemaCase> cases;
  for (const auto& file : document.members(kRoot)) {
    for (const JsonId group : document.items(file.value)) {
      cases.push_back({fmt::format("{}: {}", document.text(file.key),
                                   document.text(*document.find(group, "description"))),
                       with_metaschema(document, *document.find(group, "schema"), metaschema),
                       instances(document, *document.find(group, "tests"))});
    }
  }
  return cases;
}

Result<std::vector<std::pair<std::string, std::string>>> read_remotes(const std::string& path,
                                                                      std::string_view draft) {
  const JsonDocument document = TRY(read(path));
  std::vector<std::pair<std::string, std::string>> remotes;
  for (const auto& file : document.members(kRoot)) {
    const std::string_view name = document.text(file.key);
    if (name.starts_with("draft") && !name.starts_with(draft)) continue;
    remotes.emplace_back(fmt::format("http://localhost:1234/{}", name), document.source(file.value));
  }
  return remotes;
}

Result<SchemaCase> read_maskbench(const std::string& path) {
  const JsonDocument document = TRY(read(path));
  return SchemaCase{std::filesystem::path(path).stem().string(),
                    std::string(document.source(*document.find(kRoot, "schema"))),
                    instances(document, *document.find(kRoot, "tests"))};
}

void run_case(const SchemaCase& one, const ReadSchemaOptions& options, SchemaRun& run) {
  ++run.num_cases;
  const SchemaOptions how = {{JsonForm::Order::kAny, JsonForm::Whitespace::kAny}, options};
  const auto grammar = compile_json_schema(one.schema, how, Limits());
  if (!grammar) {
    run.faults[one.name] = fmt::format("refused: {}", keyword_of(grammar.error()));
    return;
  }
  for (const SchemaCase::Instance& instance : one.instances) {
    const auto automaton = (*grammar)->make_automaton();
    automaton->fuel() = {kFuel, false};
    const bool accepted = check_text(*automaton, instance.text).accepted;
    if (accepted != instance.valid)
      run.faults[one.name] = (accepted ? "accepts " : "rejects ") + instance.text.substr(0, kShownBytes);
    // What is accepted wrongly is worse: it is told last, and stays.
    if (accepted && !instance.valid) return;
  }
}

}  // namespace hearth::grammar
