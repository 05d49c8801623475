#pragma once

#include "base/log.h"
#include "base/result.h"
#include "formats/gguf/gguf.h"
#include "formats/model/embedding_config.h"

namespace hearth {

/// `ARCH.pooling_type` and `ARCH.classifier.output_labels`. Errors: kCorruptData naming the key.
Result<EmbeddingConfig> read_gguf_embedding_config(const GgufFile& file, std::string_view architecture,
                                                   const LogSink& log);

}  // namespace hearth
