#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/grammar/check_schema.h"
#include "cli/grammar/schema_bench.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "formats/open_model_files.h"
#include "store/find_model.h"

namespace hearth::cli {
namespace {

struct BenchOptions {
  std::string model;
  std::vector<std::string> files;
};

Status run_bench(const BenchOptions& options) {
  std::optional<Tokenizer> tokenizer;
  if (!options.model.empty()) {
    VocabData vocabulary =
        TRY(open_vocabulary(TRY(find_model(options.model, stderr_log(false))).path, stderr_log(false)));
    tokenizer.emplace(TRY(Tokenizer::create(std::move(vocabulary))));
  }
  SchemaBench bench = TRY(SchemaBench::create(tokenizer ? &*tokenizer : nullptr));
  for (const std::string& path : options.files) {
    const Status status = bench.run(path);
    if (!status)
      return fail_hint(status.error().code, "a file is an object with `schema` and `tests`", "{}: {}", path,
                       status.error().message);
  }
  print_out("{}\n", bench.report().dump(2));
  return {};
}

void add_check(Arguments& check) {
  auto options = std::make_shared<CheckSchemaOptions>();
  check
      .option("--schema", options->schema, word("FILE"), "a JSON Schema of draft 4, 6, 7, 2019-09 or 2020-12")
      .required();
  check.option(
      "--instances", options->instances, word("FILE"),
      "a JSON text a line: each is right, or wrong at a byte. Properties may come in any order, whitespace "
      "as JSON allows, numbers without an exponent");
  check.flag("--strict", options->strict, "refuse a schema of which something would be left out");
  check.runs([options] { return check_schema(*options); });
}

void add_bench(Arguments& bench) {
  auto options = std::make_shared<BenchOptions>();
  add_model(bench, "-m,--model", options->model);
  bench
      .words("FILE", options->files,
             "as MaskBench has them: an object with `schema` and `tests`, each with `data` and `valid`. "
             "Instances are "
             "judged as Python's json.dumps writes them, numbers without exponents, with any order of "
             "properties and any "
             "whitespace allowed. With a model, compile_us is from a schema's text to its first mask, and "
             "mask_us is of "
             "each token")
      .required();
  bench.runs([options] { return run_bench(*options); });
}

}  // namespace

Command command_grammar() {
  return {
      "grammar", "Check what constrained output may be, and how fast masks are made",
      [](Arguments& arguments) -> std::function<Status()> {
        add_check(arguments.command("check", "Read a JSON Schema, and judge texts by it"));
        add_bench(arguments.command("bench", "Run schemas with instances, and count what is judged right"));
        return nullptr;
      }};
}

}  // namespace hearth::cli
