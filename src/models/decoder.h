#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/blocks/embedding.h"
#include "models/blocks/head.h"
#include "models/layer_spec.h"
#include "models/model_spec.h"

namespace hearth {

/// A causal decoder: an embedding, layers that add to the residual one after the other, a head. It knows what
/// the layers are only as mixers and feed-forwards. Each of these is on one device; between devices the
/// residual moves. Where what layers add is multiplied, the residual is kept divided by the multiplier
/// instead: the norms that read it undo that.
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
  /// What all that is on one device works in.
  struct Part {
    Part(Backend& device, const LoadContext& context)
        : backend(device), ropes(device, context.max_batch_tokens, context.context_limit) {}

    Backend& backend;
    RopeTables ropes;
    int64_t scratch_stride = 0;  ///< 0: nothing is on the device
    DeviceBuffer residual, scratch;
    DeviceBuffer shared_in;  ///< of several mixers, or of a parallel feed-forward
    std::unique_ptr<StepBatch> batch;
  };
  struct LayerMixer {
    std::unique_ptr<Mixer> block;
    size_t cache_group = 0;     ///< which cache spec
    size_t index_in_group = 0;  ///< which of the group's layers
  };
  struct Layer {
    Placement::Layer on;
    std::vector<LayerMixer> mixers;
    std::unique_ptr<FeedForward> feed_forward;  ///< null: none
    Norm mixers_norm = {};                      ///< of the input that several mixers share; or none
    Norm parallel_norm = {};                    ///< of the input of a parallel feed-forward; or none
  };

  Decoder(const LoadContext& context, std::vector<CacheSpec> cache_specs);
  Status load_layers(TensorLoader& tensors, std::span<const LayerSpec> layers, int context_limit);
  Result<Layer> load_layer(const LayerSpec& spec, size_t index, std::span<TensorLoader> loaders);
  LayerMixer place_in_cache(std::unique_ptr<Mixer> block, const CacheSpec& kept, size_t index) const;
  Status load_embedding(std::span<TensorLoader> loaders, int context_limit);
  void embed();
  Status load_head(std::span<TensorLoader> loaders);
  Status allocate_work();
  void upload(const ForwardBatch& batch);
  Matrix rows_of(const DeviceBuffer& buffer) const;
  Matrix residual(const Part& part) const { return rows_of(part.residual); }
  Step bring_residual(size_t device);
  void run_mixers(const Layer& layer, std::span<const KvGroup> groups);
  void run_layer(const Layer& layer, std::span<const KvGroup> groups);

  ModelConfig config_;
  const Placement placement_;
  const int max_batch_tokens_;
  std::vector<CacheSpec> cache_specs_;

  std::vector<Part> parts_;  ///< [placement_.devices]
  Embedding embedding_;
  Embedding positions_;  ///< added to it; or none
  Norm embedding_norm_;  ///< or none
  std::vector<Layer> layers_;
  Head head_;

  std::unique_ptr<StepBatch> late_rows_;              ///< of `read_logits`, on the head's device
  std::vector<std::vector<SequenceRows>> sequences_;  ///< [groups][sequences of the current batch]
  std::vector<float> moved_residual_;                 ///< on its way
  size_t residual_on_ = 0;                            ///< which device
  int64_t num_rows_ = 0;                              ///< of the current batch
  bool is_submitted_ = false;                         ///< and not collected
};

/// The spec of an architecture that is a decoder of these layers.
ModelSpec decoder_spec(std::vector<std::string_view> names, const LayerSpecOf& layer_of,
                       std::function<Status(ModelConfig&, const ConfigKeys&)> configure);

}  // namespace hearth
