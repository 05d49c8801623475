#include "models/layer_stack.h"

#include <algorithm>
#include <utility>

namespace hearth {

LayerStack::LayerStack(const LoadContext& context)
    : placement_(context.placement),
      hidden_size_(context.config.hidden_size),
      max_batch_tokens_(context.max_batch_tokens) {
  parts_.reserve(placement_.devices.size());
  for (Backend* device : placement_.devices) parts_.emplace_back(*device, context);
}

std::vector<TensorLoader> LayerStack::loaders(TensorLoader& tensors) const {
  std::vector<TensorLoader> loaders;
  for (const Part& part : parts_) loaders.push_back(tensors.on(part.backend));
  return loaders;
}

Status LayerStack::load(std::span<TensorLoader> loaders, const ModelConfig& config,
                        std::span<const LayerSpec> layers) {
  for (size_t index = 0; index < layers.size(); ++index) {
    layers_.push_back(TRY(load_layer(layers[index], index, loaders, config)));
  }
  return {};
}

Result<LayerStack::Layer> LayerStack::load_layer(const LayerSpec& spec, size_t index,
                                                 std::span<TensorLoader> loaders, const ModelConfig& config) {
  CHECK(config.residual_multiplier == 1.0f || !spec.mixer_norms.before.empty());
  CHECK(!spec.second_mixer || !spec.parallel);
  Layer layer{.on = placement_.layer(index), .mixers = {}, .feed_forward = nullptr};
  const auto loader_on = [&](size_t device) {
    return LayerLoader(loaders[device], parts_[device].backend, parts_[device].ropes, config, index);
  };
  const LayerLoader loader = loader_on(layer.on.mixer);
  BlockNorms mixer_norms = spec.mixer_norms;
  if (spec.second_mixer) layer.mixers_norm = TRY(loader.norm(std::exchange(mixer_norms.before, {})));
  for (const MixerSpec* mixer : mixers_of(spec)) {
    layer.mixers.push_back(
        TRY(std::visit([&](const auto& own) { return load_mixer(own, mixer_norms, loader); }, *mixer)));
  }
  if (!spec.feed_forward) return layer;
  const LayerLoader own_loader = loader_on(layer.on.feed_forward);
  BlockNorms norms = spec.feed_forward_norms;
  if (spec.parallel) layer.parallel_norm = TRY(own_loader.norm(std::exchange(norms.before, {})));
  layer.feed_forward = TRY(std::visit(
      [&](const auto& block) { return load_feed_forward(block, norms, own_loader); }, *spec.feed_forward));
  return layer;
}

void LayerStack::use(size_t device, int64_t scratch_stride) {
  Part& part = parts_[device];
  part.scratch_stride = std::max({part.scratch_stride, scratch_stride, row_stride(hidden_size_)});
}

Status LayerStack::allocate_work() {
  const int64_t hidden = row_stride(hidden_size_);
  for (const Layer& layer : layers_) {
    for (const auto& mixer : layer.mixers) use(layer.on.mixer, mixer->scratch_stride());
    if (layer.feed_forward != nullptr) use(layer.on.feed_forward, layer.feed_forward->scratch_stride());
  }
  for (Part& part : parts_) {
    if (part.scratch_stride == 0) continue;
    part.residual = TRY(allocate_rows(part.backend, max_batch_tokens_, hidden));
    part.scratch = TRY(allocate_rows(part.backend, max_batch_tokens_, part.scratch_stride));
    part.batch = part.backend.make_batch();
  }
  for (const Layer& layer : layers_) {
    Part& part = parts_[layer.mixers_norm ? layer.on.mixer : layer.on.feed_forward];
    if ((layer.mixers_norm || layer.parallel_norm) && part.shared_in.size() == 0)
      part.shared_in = TRY(allocate_rows(part.backend, max_batch_tokens_, hidden));
  }
  return {};
}

Matrix LayerStack::rows_of(const DeviceBuffer& buffer) const {
  return {buffer.address(), num_rows_, hidden_size_, row_stride(hidden_size_)};
}

Matrix LayerStack::residual(size_t device) const { return rows_of(parts_[device].residual); }

Scratch LayerStack::scratch(size_t device) const {
  return {parts_[device].scratch.address(), num_rows_, max_batch_tokens_};
}

void LayerStack::start(const BatchLayout& batch, size_t device) {
  num_rows_ = int64_t(batch.token_ids.size());
  CHECK(num_rows_ <= max_batch_tokens_ && batch.positions.size() == batch.token_ids.size());
  for (Part& part : parts_) {
    if (part.batch == nullptr) continue;
    part.batch->upload(batch);
    part.ropes.fill(part.batch->positions());
  }
  residual_on_ = device;
}

Step LayerStack::bring_residual(size_t device) {
  Part& part = parts_[device];
  const Matrix here = residual(device);
  if (device != residual_on_) {
    moved_residual_.resize(size_t(num_rows_ * here.stride));
    parts_[residual_on_].backend.download(residual(residual_on_).data, moved_residual_);
    part.backend.upload(moved_residual_, here.data);
    residual_on_ = device;
  }
  return {.in = here, .out = here, .scratch = scratch(device), .ropes = &part.ropes};
}

void LayerStack::run_mixers(const Layer& layer, std::span<const LayerCache> caches) {
  CHECK(caches.size() == layer.mixers.size());
  const Part& own = parts_[layer.on.mixer];
  Step step = bring_residual(layer.on.mixer);
  if (layer.mixers_norm) {
    const Matrix in = rows_of(own.shared_in);
    own.backend.norm({.in = step.in, .norm = layer.mixers_norm.operands(), .out = in});
    step.in = in;
  }
  for (size_t i = 0; i < caches.size(); ++i) layer.mixers[i]->forward(step, caches[i]);
}

void LayerStack::run_layer(size_t index, std::span<const LayerCache> caches) {
  const Layer& layer = layers_[index];
  const Part& own = parts_[layer.on.feed_forward];
  if (layer.parallel_norm) {
    const Matrix in = bring_residual(layer.on.feed_forward).in;
    own.backend.norm({.in = in, .norm = layer.parallel_norm.operands(), .out = rows_of(own.shared_in)});
  }
  run_mixers(layer, caches);
  if (layer.feed_forward == nullptr) return;
  Step step = bring_residual(layer.on.feed_forward);
  if (layer.parallel_norm) step.in = rows_of(own.shared_in);
  layer.feed_forward->forward(step);
}

}  // namespace hearth
