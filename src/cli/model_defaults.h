#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "engine/sample/sampling_params.h"
#include "store/stored_model.h"

namespace hearth::cli {

/// What a model of the store says about how it is run; what it does not name is empty.
struct ModelDefaults {
  SamplingParams sampling;
  size_t context = 0;
  size_t max_tokens = 0;
  std::vector<std::string> stop = {};
};

/// Takes over the model's parameters (Ollama's options), one by one as far as they are legal; of the others
/// `log` is told, but for those that are of Ollama's machinery alone.
ModelDefaults read_model_defaults(const StoredModel& stored, SamplingParams sampling, const LogSink& log);

}  // namespace hearth::cli
