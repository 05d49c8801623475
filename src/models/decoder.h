#pragma once

#include <functional>
#include <variant>
#include <vector>

#include "models/layers.h"
#include "models/model_spec.h"

namespace hearth {

class TensorLoader;

/// How the decoder layers of an architecture differ in what numbers do not say.
struct DecoderTraits {
  RopeLayout rope_layout = RopeLayout::kHalves;  ///< of the GGUF file's rows
  bool qk_norm = false;                          ///< q and k are normed per head before the rotation
  bool post_norms = false;                       ///< both branches are normed before they join the residual
};

/// A decoder of attention and feed-forward sublayers with pre-norms and residuals: what most open models are.
/// Sizes, windows, rope and experts come from the config, the rest from the traits.
class Decoder final : public Model {
 public:
  static Result<std::unique_ptr<Model>> load(const LoadContext& context, const DecoderTraits& traits);

  const ModelConfig& config() const override { return config_; }
  std::span<const CacheSpec> cache_specs() const override { return cache_specs_; }
  Backend& backend() const override { return backend_; }
  int max_batch_tokens() const override { return max_batch_tokens_; }
  void forward(const ForwardBatch& batch, std::span<const KvGroup> groups, std::span<float> logits) override;
  void read_logits(std::span<const int32_t> rows, std::span<float> logits) override;
  void read_hidden(int32_t first_row, int32_t num_rows, std::span<float> hidden) override;

 private:
  struct Layer {
    Attention attention;
    std::variant<Mlp, Moe> feed_forward;
    size_t cache_group = 0;     ///< which cache spec
    size_t index_in_group = 0;  ///< which of the group's layers
    size_t rope = 0;            ///< which of ropes_
  };
  /// Frequencies that some of the layers share, and the angles of the current batch.
  struct Rope {
    RopeFrequencies frequencies;
    Buffer angles;
  };

  explicit Decoder(const LoadContext& context);
  Status load_tensors(TensorLoader& tensors, const DecoderTraits& traits);
  Status allocate_work(const DecoderTraits& traits);
  Activations activations(int64_t rows) const;
  RopeAngles angles(const Rope& rope, int64_t rows) const;
  void fill_sequences(const ForwardBatch& batch);

  ModelConfig config_;
  Backend& backend_;
  const int max_batch_tokens_;
  const int context_limit_;
  std::vector<CacheSpec> cache_specs_;

  Embedding embedding_;
  std::vector<Layer> layers_;
  RmsNorm norm_;
  Linear head_;

  std::vector<Rope> ropes_;
  Buffer residual_, branch_, scratch_, logits_;
  int64_t logits_rows_ = 0;                           ///< rows of logits_
  int64_t num_rows_ = 0;                              ///< of the batch that ran last
  std::vector<std::vector<SequenceRows>> sequences_;  ///< [groups][sequences of the current batch]
};

/// Layers grouped by what they keep.
std::vector<CacheSpec> decoder_cache_specs(const ModelConfig& config);

/// The spec of an architecture that is a `Decoder` with these traits.
ModelSpec decoder_spec(std::vector<std::string_view> names, const DecoderTraits& traits,
                       std::function<Status(ModelConfig&, const Weights&, const LogSink&)> configure);

}  // namespace hearth
