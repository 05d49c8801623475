#pragma once

#include <memory>
#include <span>
#include <vector>

#include "models/layer_spec.h"
#include "models/model_spec.h"

namespace hearth {

/// The layers of a model, which add to the residual one after the other. It knows them only as mixers and
/// feed-forwards. Each of these is on one device; between devices the residual moves.
class LayerStack {
 public:
  explicit LayerStack(const LoadContext& context);

  /// Takes the layers' tensors from `loaders`, one a device. Errors: as `TensorLoader`.
  Status load(std::span<TensorLoader> loaders, const ModelConfig& config, std::span<const LayerSpec> layers);
  /// One a device of the placement, for one file set.
  std::vector<TensorLoader> loaders(TensorLoader& tensors) const;

  /// Says that something else runs on the device, with so many floats of scratch for each row. Before
  /// `allocate_work`, which makes what the layers and that work in.
  void use(size_t device, int64_t scratch_stride);
  Status allocate_work();

  size_t num_layers() const { return layers_.size(); }
  const Placement::Layer& on(size_t layer) const { return layers_[layer].on; }
  Backend& backend(size_t device) const { return parts_[device].backend; }
  bool is_used(size_t device) const { return parts_[device].batch != nullptr; }
  const StepBatch& batch(size_t device) const { return *parts_[device].batch; }
  Scratch scratch(size_t device) const;
  /// Rows of the current step.
  int64_t num_rows() const { return num_rows_; }
  /// [num_rows, hidden_size], where the device has it.
  Matrix residual(size_t device) const;

  /// Brings a batch to the devices, whose residual begins on `device`.
  void start(const BatchLayout& batch, size_t device);
  /// What a sublayer on the device is called with: the residual is there now.
  Step bring_residual(size_t device);
  /// `caches`: of each of this layer's mixers, on their device.
  void run_layer(size_t layer, std::span<const LayerCache> caches);

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
  struct Layer {
    Placement::Layer on;
    std::vector<std::unique_ptr<Mixer>> mixers;
    std::unique_ptr<FeedForward> feed_forward;  ///< null: none
    Norm mixers_norm = {};                      ///< of the input that several mixers share; or none
    Norm parallel_norm = {};                    ///< of the input of a parallel feed-forward; or none
  };

  Result<Layer> load_layer(const LayerSpec& spec, size_t index, std::span<TensorLoader> loaders,
                           const ModelConfig& config);
  Matrix rows_of(const DeviceBuffer& buffer) const;
  void run_mixers(const Layer& layer, std::span<const LayerCache> caches);

  const Placement placement_;
  const int64_t hidden_size_;
  const int max_batch_tokens_;
  std::vector<Part> parts_;  ///< [placement_.devices]
  std::vector<Layer> layers_;
  std::vector<float> moved_residual_;  ///< on its way
  size_t residual_on_ = 0;             ///< which device
  int64_t num_rows_ = 0;
};

}  // namespace hearth
