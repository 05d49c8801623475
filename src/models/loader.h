#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "base/log.h"
#include "formats/model/model_files.h"
#include "models/causal_model.h"
#include "models/encoder_model.h"

namespace hearth {

struct LoadOptions {
  /// Most rows in one batch; work buffers have that size. An encoder takes no text that is longer.
  int max_batch_tokens = 512;
  int context_limit = 0;   ///< most positions that a sequence will have; 0: the model's own context
  LogSink log = no_log();  ///< gets notes on what of the file is not used
};

/// A model as what its architecture is.
using LoadedArchitecture = std::variant<std::unique_ptr<CausalModel>, std::unique_ptr<EncoderModel>>;

/// The same, before anything is loaded.
enum class ModelKind : uint8_t { kCausal, kEncoder };

/// What a file set says of its model, before anything is loaded.
struct ModelDescription {
  ModelKind kind;
  ModelConfig config;
  std::vector<CacheSpec> cache_specs;  ///< on one device, else see `place_caches`; none of an encoder
};

/// What the steps of a model are like.
struct StepNeeds {
  DType kv_dtype = DType::kF16;
  size_t num_sequences = 1;  ///< most in one batch
};

/// Bytes that a model takes of one device and of the files, beside the KV cache.
struct ModelMemory {
  size_t mapped_bytes = 0;  ///< of weights that the device computes on where the files are mapped
  size_t weight_bytes = 0;  ///< of packed weights
  size_t work_bytes = 0;    ///< of vectors, of the work buffers, and of what the backend works in
};

/// Errors: kUnsupported for an architecture that this build does not have; those of `read_config`.
Result<ModelDescription> describe_model(const ModelFiles& files);

/// What `load_model` with these options would take of each device, and then steps as wide as they allow at
/// the longest context (of an encoder: of texts as long as they may be), without taking it. Errors: as
/// `load_model`.
Result<std::vector<ModelMemory>> plan_model_memory(const ModelFiles& files, const Placement& placement,
                                                   const LoadOptions& options, const StepNeeds& steps = {});

/// Loads the model of a file set onto devices; both must outlive it. Errors: those of `describe_model`;
/// kCorruptData where a tensor is missing or its shape is not what the config asks for; kUnsupported for its
/// type, or for tensors that this architecture does not know; kResourceLimit for memory.
Result<LoadedArchitecture> load_model(const ModelFiles& files, const Placement& placement,
                                      const LoadOptions& options);

/// For who needs one of these. Errors: as `load_model`; kUnsupported where the architecture is of the other
/// kind.
Result<std::unique_ptr<CausalModel>> load_causal_model(const ModelFiles& files, const Placement& placement,
                                                       const LoadOptions& options);
Result<std::unique_ptr<EncoderModel>> load_encoder_model(const ModelFiles& files, const Placement& placement,
                                                         const LoadOptions& options);

}  // namespace hearth
