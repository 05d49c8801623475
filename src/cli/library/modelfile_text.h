#pragma once

#include <string>

#include "base/result.h"
#include "store/stored_model.h"

namespace hearth::cli {

/// A Modelfile that makes the same model: what `show --modelfile` prints. Errors: those of
/// `Modelfile::write`.
Result<std::string> modelfile_text(const StoredModel& model);

/// The model's parameters, a line each: "temperature 0.5".
Result<std::string> parameters_text(const StoredModel& model);

}  // namespace hearth::cli
