#pragma once

#include "base/log.h"
#include "engine/sample/sampling_params.h"
#include "formats/gguf/gguf.h"

namespace hearth {

/// The sampling that a model's author recommends (`general.sampling.*` in its file); what the file does not
/// name is then off. Ours where it names nothing: temperature 0.7, top-p 0.95, min-p 0.05. A value that is no
/// legal one is left out, and said in `log`.
SamplingParams default_sampling(const GgufFile& file, const LogSink& log);

}  // namespace hearth
