#pragma once

#include <optional>

#include "base/log.h"
#include "engine/sample/sampling_params.h"
#include "formats/model/config_keys.h"

namespace hearth {

/// The sampling that a model's author recommends (`ModelFiles::generation`); what they do not name is then
/// off. Nothing where they name nothing. A value that is no legal one is left out, and said in their log.
std::optional<SamplingParams> recommended_sampling(ConfigKeys keys);

/// The same, and ours where it names nothing: temperature 0.7, top-p 0.95, min-p 0.05.
SamplingParams default_sampling(ConfigKeys keys);

}  // namespace hearth
