#pragma once

#include <cstddef>
#include <optional>

#include "engine/cache/kv_cache.h"
#include "formats/model/model_files.h"
#include "models/loader.h"

namespace hearth {

/// Of the memory that is available, what a plan leaves to everything else.
inline constexpr size_t kMemoryReserve = size_t(64) << 20;

struct MemoryRequest {
  size_t context = 0;  ///< tokens of a sequence; 0: the model's own context, or what of it fits
  DType kv_dtype = DType::kF16;
  size_t num_sequences = 1;  ///< sequences at once
  /// Tokens of all of them together, at least one context: they share one cache. 0: each may be that long.
  size_t kv_tokens = 0;
  size_t max_batch_tokens = 512;
  std::optional<size_t> available = {};  ///< bytes that may be taken; nothing: not known
  const ModelFiles* draft =
      nullptr;                ///< a draft model, on the first device, for as many tokens and sequences
  size_t max_draft_rows = 0;  ///< most draft tokens of a step, all sequences together
};

/// What a draft model takes beside the model; the fields are MemoryPlan's.
struct DraftMemory {
  size_t mapped_bytes = 0;
  size_t weight_bytes = 0;
  size_t work_bytes = 0;
  size_t header_bytes = 0;  ///< of its file
  KvCacheLayout kv;

  size_t fixed_bytes() const { return mapped_bytes + weight_bytes + work_bytes + header_bytes; }
  size_t total_bytes() const { return fixed_bytes() + kv.bytes(); }
};

/// What running a model takes, computed from its file's header before anything is loaded. All but the KV
/// cache is taken at once; the KV cache grows with what is said.
struct MemoryPlan {
  ModelKind kind = ModelKind::kCausal;
  size_t trained_context = 0;
  size_t context = 0;
  bool reduced = false;  ///< the context is smaller than the model's because no more fits

  size_t mapped_bytes = 0;   ///< tensors that are computed on where the file lies
  size_t weight_bytes = 0;   ///< the backend's own copies
  size_t work_bytes = 0;     ///< work buffers, and logits on the host
  size_t program_bytes = 0;  ///< the program itself, vocabulary and tables: an estimate
  KvCacheLayout kv;
  std::optional<DraftMemory> draft;
  std::optional<size_t> available;

  /// All that does not grow, the draft model's included.
  size_t fixed_bytes() const {
    return mapped_bytes + weight_bytes + work_bytes + program_bytes + (draft ? draft->fixed_bytes() : 0);
  }
  size_t total_bytes() const { return fixed_bytes() + kv.bytes() + (draft ? draft->kv.bytes() : 0); }
  /// Once a sequence has come to `num_tokens`.
  size_t bytes_at(size_t num_tokens) const {
    return fixed_bytes() + kv.bytes_of_sequence(num_tokens) +
           (draft ? draft->kv.bytes_of_sequence(num_tokens) : 0);
  }
};

/// Rows of an encoder's batch, which holds whole texts of up to `context` tokens.
size_t encoder_batch_tokens(size_t max_batch_tokens, size_t context);

/// Errors: those of `plan_model_memory` and `layout_kv_cache`; kResourceLimit with both numbers where the
/// model does not fit with the context asked for, or with any useful one; kInvalidArgument for a context
/// that an encoder has no positions for.
Result<MemoryPlan> plan_memory(const ModelFiles& files, const Placement& placement,
                               const MemoryRequest& request);

/// "1.5 GB", "23 MB": powers of 1024, three digits.
std::string format_bytes(size_t bytes);

}  // namespace hearth
