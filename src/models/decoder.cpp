#include "models/decoder.h"

#include <algorithm>
#include <utility>

namespace hearth {

Decoder::Decoder(const LoadContext& context, std::vector<CacheSpec> cache_specs)
    : config_(context.config),
      placement_(context.placement),
      max_batch_tokens_(context.max_batch_tokens),
      cache_specs_(std::move(cache_specs)),
      sequences_(cache_specs_.size()) {
  parts_.reserve(placement_.devices.size());
  for (Backend* device : placement_.devices) parts_.emplace_back(*device, context);
}

Result<std::unique_ptr<CausalModel>> Decoder::load(const LoadContext& context,
                                                   std::span<const LayerSpec> layers) {
  std::vector<CacheSpec> groups = place_caches(hearth::cache_specs(layers), context.placement);
  std::unique_ptr<Decoder> decoder(new Decoder(context, std::move(groups)));
  TensorLoader tensors(context.tensors, context.placement.device(0));
  for (const char* name : {"rope_freqs", "rope_factors_short", "rope_factors_long"}) {
    tensors.ignore(fmt::format("{}.weight", name));  // the config holds them
  }
  for (int extra = 0; extra < context.config.num_nextn_layers; ++extra)
    tensors.ignore_layer(layers.size() + size_t(extra));
  TRY(decoder->load_layers(tensors, layers, context.context_limit));
  TRY(tensors.check_all_taken());
  TRY(decoder->allocate_work());
  const RopeScaling& scaling = context.config.rope_scaling;
  if (scaling.type == RopeScaling::Type::kLongRope) {
    const bool is_long = context.context_limit > scaling.original_max_position_embeddings;
    context.log(LogLevel::kInfo,
                fmt::format("rotary frequencies are those of {} contexts (limit {}, first trained for {})",
                            is_long ? "long" : "short", context.context_limit,
                            scaling.original_max_position_embeddings));
  }
  return decoder;
}

Status Decoder::load_layers(TensorLoader& tensors, std::span<const LayerSpec> layers, int context_limit) {
  std::vector<TensorLoader> loaders;
  for (const Part& part : parts_) loaders.push_back(tensors.on(part.backend));
  TRY(load_embedding(loaders, context_limit));
  for (size_t index = 0; index < layers.size(); ++index) {
    layers_.push_back(TRY(load_layer(layers[index], index, loaders)));
  }
  return load_head(loaders);
}

Status Decoder::load_embedding(std::span<TensorLoader> loaders, int context_limit) {
  TensorLoader& tensors = loaders[placement_.embedding];
  const StoredTensor table =
      TRY(tensors.take("token_embd.weight", {config_.vocab_size, config_.hidden_size}));
  Backend& backend = placement_.device(placement_.embedding);
  const float scale = config_.embedding_scale / config_.residual_multiplier;
  embedding_ = Embedding(backend, TRY(tensors.pack(table)), scale);
  if (const int positions = config_.num_learned_positions; positions > 0) {
    if (context_limit > positions) {
      return fail_hint(ErrorCode::kInvalidArgument, "ask for a context that is not longer",
                       "the model has learned {} positions, fewer than a context of {}", positions,
                       context_limit);
    }
    const StoredTensor learned = TRY(tensors.take("position_embd.weight", {positions, config_.hidden_size}));
    positions_ = Embedding(backend, TRY(tensors.pack(learned)), 1.0f / config_.residual_multiplier);
  }
  if (config_.embedding_norm) {
    CHECK(config_.residual_multiplier == 1.0f);
    embedding_norm_ = TRY(tensors.branch_norm("token_embd_norm", config_));
  }
  return {};
}

Result<Decoder::Layer> Decoder::load_layer(const LayerSpec& spec, size_t index,
                                           std::span<TensorLoader> loaders) {
  CHECK(config_.residual_multiplier == 1.0f || !spec.mixer_norms.before.empty());
  CHECK(!spec.second_mixer || !spec.parallel);
  Layer layer{.on = placement_.layer(index), .mixers = {}, .feed_forward = nullptr};
  const auto loader_on = [&](size_t device) {
    return LayerLoader(loaders[device], parts_[device].backend, parts_[device].ropes, config_, index);
  };
  const LayerLoader loader = loader_on(layer.on.mixer);
  BlockNorms mixer_norms = spec.mixer_norms;
  if (spec.second_mixer) layer.mixers_norm = TRY(loader.norm(std::exchange(mixer_norms.before, {})));
  for (const MixerSpec* mixer : mixers_of(spec)) {
    std::unique_ptr<Mixer> block =
        TRY(std::visit([&](const auto& own) { return load_mixer(own, mixer_norms, loader); }, *mixer));
    layer.mixers.push_back(place_in_cache(std::move(block), cache_spec(*mixer), index));
  }
  if (!spec.feed_forward) return layer;
  const LayerLoader own_loader = loader_on(layer.on.feed_forward);
  BlockNorms norms = spec.feed_forward_norms;
  if (spec.parallel) layer.parallel_norm = TRY(own_loader.norm(std::exchange(norms.before, {})));
  layer.feed_forward = TRY(std::visit(
      [&](const auto& block) { return load_feed_forward(block, norms, own_loader); }, *spec.feed_forward));
  return layer;
}

Decoder::LayerMixer Decoder::place_in_cache(std::unique_ptr<Mixer> block, const CacheSpec& kept,
                                            size_t index) const {
  LayerMixer mixer{.block = std::move(block)};
  for (size_t group = 0; group < cache_specs_.size(); ++group) {
    const std::vector<int>& members = cache_specs_[group].layers;
    const auto found = std::ranges::find(members, int(index));
    if (found == members.end() || !cache_specs_[group].keeps_same_as(kept)) continue;
    mixer.cache_group = group;
    mixer.index_in_group = size_t(found - members.begin());
  }
  return mixer;
}

/// Tied to the embedding, it shares the weight only on the same device.
Status Decoder::load_head(std::span<TensorLoader> loaders) {
  TensorLoader& tensors = loaders[placement_.head];
  std::shared_ptr<const Weight> tied;
  if (config_.tie_word_embeddings && placement_.head == placement_.embedding) {
    tied = embedding_.table();
  } else if (config_.tie_word_embeddings) {
    const StoredTensor table =
        TRY(tensors.take("token_embd.weight", {config_.vocab_size, config_.hidden_size}));
    tied = TRY(tensors.pack(table));
  }
  head_ = TRY(Head::load(tensors, placement_.device(placement_.head), config_, tied, max_batch_tokens_));
  return {};
}

Status Decoder::allocate_work() {
  const int64_t hidden = row_stride(config_.hidden_size);
  const auto widen = [&](size_t device, int64_t stride) {
    parts_[device].scratch_stride = std::max({parts_[device].scratch_stride, stride, hidden});
  };
  widen(placement_.embedding, 0);
  widen(placement_.head, hidden);  // of read_hidden
  for (const Layer& layer : layers_) {
    for (const LayerMixer& mixer : layer.mixers) widen(layer.on.mixer, mixer.block->scratch_stride());
    if (layer.feed_forward != nullptr) widen(layer.on.feed_forward, layer.feed_forward->scratch_stride());
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
  late_rows_ = parts_[placement_.head].backend.make_batch();
  return {};
}

void Decoder::upload(const ForwardBatch& batch) {
  for (size_t group = 0; group < sequences_.size(); ++group) {
    sequences_[group].clear();
    for (const BatchSequence& sequence : batch.sequences) {
      CHECK(sequence.block_tables.size() == sequences_.size());
      sequences_[group].push_back({.first_row = sequence.first_row,
                                   .num_rows = sequence.num_rows,
                                   .first_position = sequence.first_position,
                                   .block_table = sequence.block_tables[group]});
    }
  }
  for (Part& part : parts_) {
    if (part.batch == nullptr) continue;
    part.batch->upload({.token_ids = batch.token_ids,
                        .positions = batch.positions,
                        .logits_rows = batch.logits_rows,
                        .sequences = sequences_});
    part.ropes.fill(part.batch->positions());
  }
}

Matrix Decoder::rows_of(const DeviceBuffer& buffer) const {
  return {buffer.address(), num_rows_, config_.hidden_size, row_stride(config_.hidden_size)};
}

/// What a sublayer on the device is called with.
Step Decoder::bring_residual(size_t device) {
  Part& part = parts_[device];
  const Matrix here = residual(part);
  if (device != residual_on_) {
    const Part& from = parts_[residual_on_];
    moved_residual_.resize(size_t(num_rows_ * here.stride));
    from.backend.download(from.residual.address(), moved_residual_);
    part.backend.upload(moved_residual_, here.data);
    residual_on_ = device;
  }
  return {.in = here,
          .out = here,
          .scratch = Scratch(part.scratch.address(), num_rows_, max_batch_tokens_),
          .ropes = &part.ropes};
}

void Decoder::embed() {
  const Part& first = parts_[placement_.embedding];
  const Matrix out = residual(first);
  embedding_.forward(first.batch->token_ids(), out);
  if (positions_) positions_.add_to(first.batch->positions(), out);
  if (embedding_norm_) first.backend.norm({.in = out, .norm = embedding_norm_.operands(), .out = out});
  residual_on_ = placement_.embedding;
}

void Decoder::run_mixers(const Layer& layer, std::span<const KvGroup> groups) {
  const Part& own = parts_[layer.on.mixer];
  Step step = bring_residual(layer.on.mixer);
  if (layer.mixers_norm) {
    const Matrix in = rows_of(own.shared_in);
    own.backend.norm({.in = step.in, .norm = layer.mixers_norm.operands(), .out = in});
    step.in = in;
  }
  for (const LayerMixer& mixer : layer.mixers) {
    const KvGroup& group = groups[mixer.cache_group];
    mixer.block->forward(step, {.base = group.base + group.layer_offsets[mixer.index_in_group],
                                .block_stride = group.block_stride,
                                .dtype = group.dtype,
                                .sequences = {own.batch.get(), mixer.cache_group}});
  }
}

void Decoder::run_layer(const Layer& layer, std::span<const KvGroup> groups) {
  const Part& own = parts_[layer.on.feed_forward];
  if (layer.parallel_norm) {
    const Matrix in = bring_residual(layer.on.feed_forward).in;
    own.backend.norm({.in = in, .norm = layer.parallel_norm.operands(), .out = rows_of(own.shared_in)});
  }
  run_mixers(layer, groups);
  if (layer.feed_forward == nullptr) return;
  Step step = bring_residual(layer.on.feed_forward);
  if (layer.parallel_norm) step.in = rows_of(own.shared_in);
  layer.feed_forward->forward(step);
}

void Decoder::submit(const ForwardBatch& batch, std::span<const KvGroup> groups) {
  CHECK(!is_submitted_ && groups.size() == cache_specs_.size());
  num_rows_ = int64_t(batch.token_ids.size());
  CHECK(num_rows_ <= max_batch_tokens_ && batch.positions.size() == batch.token_ids.size());
  is_submitted_ = true;
  upload(batch);
  embed();
  for (const Layer& layer : layers_) run_layer(layer, groups);
  head_.start(bring_residual(placement_.head).in, parts_[placement_.head].batch->logits_rows());
  for (Backend* device : placement_.devices) device->submit();
}

void Decoder::collect(std::span<float> logits) {
  CHECK(is_submitted_);
  const Part& last = parts_[placement_.head];
  head_.finish(residual(last), last.batch->logits_rows(), logits);
  for (Backend* device : placement_.devices) device->wait();
  is_submitted_ = false;
}

void Decoder::read_logits(std::span<const int32_t> rows, std::span<float> logits) {
  CHECK(!is_submitted_);
  const Matrix last = residual(parts_[placement_.head]);
  late_rows_->upload({.logits_rows = rows});
  head_.start(last, late_rows_->logits_rows());
  head_.finish(last, late_rows_->logits_rows(), logits);
}

void Decoder::read_hidden(int32_t first_row, int32_t num_rows, std::span<float> hidden) {
  const int64_t cols = config_.hidden_size, rows = num_rows;
  CHECK(!is_submitted_ && hidden.size() == size_t(rows * cols));
  CHECK(first_row >= 0 && first_row + rows <= num_rows_);
  const Part& last = parts_[placement_.head];
  const Matrix out{last.scratch.address(), rows, cols, cols};
  head_.normalize(residual(last).slice(first_row, rows), out);
  last.backend.download(out.data, hidden);
}

void Decoder::read_scores(int32_t row, std::span<float> scores) {
  CHECK(!is_submitted_ && row >= 0 && row < num_rows_);
  head_.score(residual(parts_[placement_.head]).slice(row, 1), scores);
}

ModelSpec decoder_spec(std::vector<std::string_view> names, const LayerSpecOf& layer_of,
                       std::function<Status(ModelConfig&, const ConfigKeys&)> configure) {
  return {.names = std::move(names),
          .configure = std::move(configure),
          .cache_specs =
              [layer_of](const ModelConfig& config) { return cache_specs(layer_specs(config, layer_of)); },
          .build = BuildCausalModel([layer_of](const LoadContext& context) {
            return Decoder::load(context, layer_specs(context.config, layer_of));
          }),
          .conventions = {}};
}

}  // namespace hearth
