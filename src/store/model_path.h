#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hearth {

/// Reads an environment variable; nothing where it is unset or empty.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// The environment of this process.
Environment process_environment();

/// Where models are looked for by name, in order: $HEARTH_MODELS, or else hearth/models in the user's data
/// folder; then hearth in the user's cache folder (XDG base directories).
std::vector<std::filesystem::path> model_folders(const Environment& environment);

/// The GGUF files (of split sets, the first part) in the model folders, by path within its folder.
std::vector<std::string> list_models(const Environment& environment);

/// The file or folder that a user means: a path, or the name of a file in a model folder, with or without
/// ".gguf", or of a folder there that holds a config.json. Errors: kNotFound saying where it looked and what
/// is there; kIo where a folder is closed to the user.
Result<std::filesystem::path> resolve_model(std::string_view model, const Environment& environment);
Result<std::filesystem::path> resolve_model(std::string_view model);

}  // namespace hearth
