#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/schema/json_document.h"
#include "grammar/schema/read_schema.h"

namespace hearth::grammar {

/// A schema, and texts that satisfy it or do not.
struct SchemaCase {
  struct Instance {
    std::string text;
    bool valid;
  };

  std::string name;
  std::string schema;
  std::vector<Instance> instances;
};

/// Of a file as the JSON-Schema-Test-Suite's fixture has it. Where a schema does not say its draft, it is of
/// `metaschema`.
Result<std::vector<SchemaCase>> read_suite(const std::string& path, std::string_view metaschema);
/// The schemas that the suite's tests refer to, of one draft.
Result<std::vector<std::pair<std::string, std::string>>> read_remotes(const std::string& path,
                                                                      std::string_view draft);
/// Of a file as MaskBench has them.
Result<SchemaCase> read_maskbench(const std::string& path);

/// What became of cases: by name, what is not right about one.
struct SchemaRun {
  size_t num_cases = 0;
  std::map<std::string, std::string> faults;
};

/// Whether constrained output could be each instance, with any order of properties and any whitespace:
/// "refused: KEYWORD", "accepts TEXT", "rejects TEXT", or no fault.
void run_case(const SchemaCase& one, const ReadSchemaOptions& options, SchemaRun& run);

}  // namespace hearth::grammar
