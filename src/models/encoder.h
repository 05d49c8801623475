#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "models/blocks/embedding.h"
#include "models/encoder_model.h"
#include "models/layer_stack.h"
#include "models/pooled/classification_head.h"

namespace hearth {

/// What of an encoder is not in its layers.
struct EncoderSpec {
  LayerSpecOf layer_of;
  PooledActivation head_activation = PooledActivation::kTanh;
};

/// An encoder: embeddings of tokens, and perhaps of positions and token types, layers whose attention is not
/// causal, perhaps a norm. Keys and values of a batch lie in blocks that one layer after the other uses.
class Encoder final : public EncoderModel {
 public:
  /// Errors: as `TensorLoader`.
  static Result<std::unique_ptr<EncoderModel>> load(const LoadContext& context, const EncoderSpec& spec);

  const ModelConfig& config() const override { return config_; }
  const Placement& placement() const override { return placement_; }
  int max_batch_tokens() const override { return max_batch_tokens_; }
  int max_batch_sequences() const override;
  int embedding_size() const override;
  int num_labels() const override { return head_.num_labels(); }
  int num_token_types() const override { return num_token_types_; }
  void submit(const EncoderBatch& batch) override;
  void collect(std::span<float> hidden) override;
  void read_scores(std::span<float> scores) override;
  void project(std::span<const float> pooled, std::span<float> embeddings) override;

 private:
  /// A dense layer behind the pooling.
  struct Projection {
    PooledLinear linear;
    DenseActivation activation;
  };

  Encoder(const LoadContext& context, const EncoderSpec& spec);
  Status load_parts(TensorLoader& tensors, PooledActivation head_activation);
  Status load_embeddings(TensorLoader& tensors);
  Status allocate_work();
  Status allocate_keys_and_values();
  int most_blocks() const;
  void start(const EncoderBatch& batch);
  void embed();

  ModelConfig config_;
  const Placement placement_;
  const int max_batch_tokens_;
  const std::vector<LayerSpec> layer_specs_;
  std::vector<CacheSpec> kept_;  ///< [layers] what attention needs of all rows of a text
  int num_token_types_ = 1;

  LayerStack layers_;
  Embedding tokens_, positions_, token_types_;  ///< the last two perhaps not there
  Norm embedding_norm_, output_norm_;           ///< or none
  ClassificationHead head_;
  std::vector<Projection> projections_;
  std::vector<DeviceBuffer> keys_and_values_;  ///< [devices] empty where no layer attends

  std::vector<int32_t> token_positions_, types_, blocks_;
  std::vector<EncoderSequence> texts_;                ///< of the batch that was submitted last
  std::vector<std::vector<SequenceRows>> sequences_;  ///< one group, of these
  bool is_submitted_ = false;                         ///< and not collected
};

/// The spec of an architecture that is an encoder of these layers.
ModelSpec encoder_spec(std::vector<std::string_view> names, const EncoderSpec& encoder,
                       std::function<Status(ModelConfig&, const ConfigKeys&)> configure);

}  // namespace hearth
