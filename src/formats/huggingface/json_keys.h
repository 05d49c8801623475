#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "formats/model/checkpoint_conventions.h"
#include "formats/model/config_keys.h"

namespace hearth {

/// A JSON file's value; numbers that Python writes and JSON has not (NaN, Infinity) are null. Errors:
/// kCorruptData naming the file for what is none; kResourceLimit for nesting that no file of a model has.
Result<nlohmann::json> parse_json_file(std::string_view text, std::string_view file);

/// The same of a file that must hold an object.
Result<nlohmann::json> parse_json_object(std::string_view text, std::string_view file);

/// The text model within a model of several kinds of input; null where the object is no such config.
const nlohmann::json* text_config_of(const nlohmann::json& config);

/// The keys of a JSON object by their canonical names. Keys that files have nested, or under several names,
/// are found wherever they stand ("rope_theta" also in rope_parameters, all first in text_config); null
/// counts as absent. `defaults` are what absent keys have. The object must outlive it; `file` is for
/// messages.
ConfigKeys json_keys(const nlohmann::json& object, std::string file, std::vector<KeyDefault> defaults,
                     LogSink log);

}  // namespace hearth
