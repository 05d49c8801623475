#pragma once

#include <string_view>

#include "formats/gguf/gguf.h"
#include "formats/model/config_keys.h"

namespace hearth {

/// The metadata keys of one prefix ("split" for `split.count`), by the names that GGUF gives them. The file
/// must outlive it.
class MetadataKeys : public ConfigKeys {
 public:
  MetadataKeys(const GgufFile& file, std::string_view prefix, LogSink log);
};

/// The keys of an architecture's configuration by their canonical names: "num_hidden_layers" is
/// `llama.block_count`. The file must outlive it.
ConfigKeys gguf_config_keys(const GgufFile& file, std::string_view architecture, LogSink log);

/// What the author recommends for sampling: "temperature" is `general.sampling.temp`.
ConfigKeys gguf_generation_keys(const GgufFile& file, LogSink log);

}  // namespace hearth
