#include <utility>

#include "models/decoder.h"

namespace hearth {

/// Llama, whose layers differ in heads and in the size of their feed-forwards. Some have layers without
/// attention or a feed-forward, which do not run here.
ModelSpec spec_deci() {
  ModelSpec spec =
      decoder_spec({"deci"}, paired_layer, [](ModelConfig&, const ConfigKeys&) { return Status(); });
  spec.description = "DeciLM 7B";
  spec.parts.may_differ = true;
  return spec;
}

}  // namespace hearth
