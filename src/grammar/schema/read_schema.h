#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "grammar/limits.h"
#include "grammar/schema/program.h"
#include "grammar/text_language.h"

namespace hearth::grammar {

/// How a schema is read.
struct ReadSchemaOptions {
  /// What cannot be done exactly is left out, with a warning; otherwise it is refused.
  bool tolerant = false;
  /// `format` is checked where its name is known; otherwise it is an annotation, which the drafts allow.
  bool assert_formats = true;
  /// Makes a language of what `x-hearth-quote` says (a JSON text). None: the keyword is refused.
  std::function<Result<std::shared_ptr<const TextLanguageMaker>>(std::string_view json)> quote = {};
  /// Other schemas that references may lead to, by URI.
  std::vector<std::pair<std::string, std::string>> documents = {};
};

/// Reads a JSON Schema of draft 4, 6, 7, 2019-09 or 2020-12: `$schema` says which; without it, 2020-12, and
/// what older drafts wrote where that can mean one thing only. Errors name the keyword and the place:
/// kInvalidArgument for what is no schema, kUnsupported for what cannot be done exactly, kResourceLimit.
Result<SchemaProgram> read_json_schema(std::string text, const ReadSchemaOptions& options,
                                       const Limits& limits);

}  // namespace hearth::grammar
