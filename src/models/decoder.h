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
/// the layers are only as mixers and feed-forwards.
class Decoder final : public Model {
 public:
  /// Errors: as `TensorLoader`.
  static Result<std::unique_ptr<Model>> load(const LoadContext& context, std::span<const LayerSpec> layers);

  const ModelConfig& config() const override { return config_; }
  std::span<const CacheSpec> cache_specs() const override { return cache_specs_; }
  Backend& backend() const override { return backend_; }
  int max_batch_tokens() const override { return max_batch_tokens_; }
  void submit(const ForwardBatch& batch, std::span<const KvGroup> groups) override;
  void collect(std::span<float> logits) override;
  void read_logits(std::span<const int32_t> rows, std::span<float> logits) override;
  void read_hidden(int32_t first_row, int32_t num_rows, std::span<float> hidden) override;

 private:
  struct Layer {
    std::unique_ptr<Mixer> mixer;
    std::unique_ptr<FeedForward> feed_forward;  ///< null: none
    size_t cache_group = 0;                     ///< which cache spec
    size_t index_in_group = 0;                  ///< which of the group's layers
  };

  Decoder(const LoadContext& context, std::vector<CacheSpec> cache_specs);
  Status load_layers(TensorLoader& tensors, std::span<const LayerSpec> layers);
  Status allocate_work();
  Matrix residual(int64_t rows) const;
  void upload(const ForwardBatch& batch);

  ModelConfig config_;
  Backend& backend_;
  const int max_batch_tokens_;
  std::vector<CacheSpec> cache_specs_;

  Embedding embedding_;
  RopeTables ropes_;
  std::vector<Layer> layers_;
  Head head_;

  DeviceBuffer residual_, scratch_;
  std::unique_ptr<StepBatch> batch_, late_rows_;      ///< the latter has the rows of `read_logits`
  std::vector<std::vector<SequenceRows>> sequences_;  ///< [groups][sequences of the current batch]
  int64_t num_rows_ = 0;                              ///< of the current batch
  bool is_submitted_ = false;                         ///< and not collected
};

/// The spec of an architecture that is a decoder of these layers.
ModelSpec decoder_spec(std::vector<std::string_view> names, const LayerSpecOf& layer_of,
                       std::function<Status(ModelConfig&, const ConfigKeys&)> configure);

}  // namespace hearth
