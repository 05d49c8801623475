#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "api/api_model.h"

namespace hearth {

/// What two servers have alike that give the same text for the same seed: the program and the weights. Error:
/// kIo.
Result<std::string> fingerprint_of(const std::filesystem::path& weights);

/// The model by its own name, and once more by each alias. Error: kInvalidArgument for what is no name.
Result<std::vector<ApiModel>> name_models(ApiModel model, const std::vector<std::string>& aliases);

}  // namespace hearth
