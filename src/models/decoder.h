#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/blocks/embedding.h"
#include "models/blocks/head.h"
#include "models/layer_stack.h"

namespace hearth {

/// A causal decoder: an embedding, layers that keep what they have seen in caches, a head. Where what layers
/// add is multiplied, the residual is kept divided by the multiplier instead: the norms that read it undo
/// that.
class Decoder final : public CausalModel {
 public:
  /// Errors: as `TensorLoader`.
  static Result<std::unique_ptr<CausalModel>> load(const LoadContext& context,
                                                   std::span<const LayerSpec> layers);

  const ModelConfig& config() const override { return config_; }
  std::span<const CacheSpec> cache_specs() const override { return cache_specs_; }
  const Placement& placement() const override { return placement_; }
  int max_batch_tokens() const override { return max_batch_tokens_; }
  void submit(const ForwardBatch& batch, std::span<const KvGroup> groups) override;
  void collect(std::span<float> logits) override;
  void read_logits(std::span<const int32_t> rows, std::span<float> logits) override;
  void read_hidden(int32_t first_row, int32_t num_rows, std::span<float> hidden) override;
  int num_labels() const override { return config_.num_labels; }
  void read_scores(int32_t row, std::span<float> scores) override;

 private:
  /// Where a mixer finds its cache.
  struct CacheSlot {
    size_t group = 0;           ///< which cache spec
    size_t index_in_group = 0;  ///< which of the group's layers
  };

  Decoder(const LoadContext& context, std::vector<CacheSpec> cache_specs);
  Status load_parts(TensorLoader& tensors, std::span<const LayerSpec> layers, int context_limit);
  CacheSlot place_in_cache(const CacheSpec& kept, size_t layer) const;
  Status load_embedding(std::span<TensorLoader> loaders, int context_limit);
  void embed();
  Status load_head(std::span<TensorLoader> loaders);
  Status allocate_work();
  void start(const ForwardBatch& batch);
  void run_layer(size_t layer, std::span<const KvGroup> groups);

  ModelConfig config_;
  const Placement placement_;
  const int max_batch_tokens_;
  std::vector<CacheSpec> cache_specs_;

  LayerStack layers_;
  std::vector<std::vector<CacheSlot>> slots_;  ///< [layers][mixers]
  std::vector<LayerCache> caches_;             ///< of the layer that runs
  Embedding embedding_;
  Embedding positions_;  ///< added to it; or none
  Norm embedding_norm_;  ///< or none
  Head head_;

  std::unique_ptr<StepBatch> late_rows_;              ///< of `read_logits`, on the head's device
  std::vector<std::vector<SequenceRows>> sequences_;  ///< [groups][sequences of the current batch]
  bool is_submitted_ = false;                         ///< and not collected
};

/// The spec of an architecture that is a decoder of these layers.
ModelSpec decoder_spec(std::vector<std::string_view> names, const LayerSpecOf& layer_of,
                       std::function<Status(ModelConfig&, const ConfigKeys&)> configure);

}  // namespace hearth
