#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/call/api_model.h"
#include "base/file.h"

namespace hearth::cli {

/// What stays the same for as long as the same seed gives the same text: the program, and the state of all
/// files of the weights as they were opened.
std::string fingerprint_of(std::span<const FileStamp> weights);

/// The model by its own name, and once more by each alias. Error: kInvalidArgument for what is no name.
Result<std::vector<api::ApiModel>> name_models(api::ApiModel model, const std::vector<std::string>& aliases);

}  // namespace hearth::cli
