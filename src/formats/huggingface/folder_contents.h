#pragma once

#include <filesystem>

#include "base/result.h"

namespace hearth {

/// Says of a folder that lacks `missing` what it holds in its place: an adapter, pickles, GGUF files, weights
/// under other names, nothing. Errors: kUnsupported, kInvalidArgument, kNotFound.
std::unexpected<Error> no_model_in_folder(const std::filesystem::path& folder, std::string_view missing);

}  // namespace hearth
