#include "models/decoder.h"

#include <algorithm>
#include <utility>

namespace hearth {

Decoder::Decoder(const LoadContext& context, std::vector<CacheSpec> cache_specs)
    : config_(context.config),
      placement_(context.placement),
      max_batch_tokens_(context.max_batch_tokens),
      cache_specs_(std::move(cache_specs)),
      layers_(context),
      sequences_(cache_specs_.size()) {}

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
  TRY(decoder->load_parts(tensors, layers, context.context_limit));
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

Status Decoder::load_parts(TensorLoader& tensors, std::span<const LayerSpec> layers, int context_limit) {
  std::vector<TensorLoader> loaders = layers_.loaders(tensors);
  TRY(load_embedding(loaders, context_limit));
  TRY(layers_.load(loaders, config_, layers));
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    std::vector<CacheSlot>& slots = slots_.emplace_back();
    for (const MixerSpec* mixer : mixers_of(layers[layer]))
      slots.push_back(place_in_cache(cache_spec(*mixer), layer));
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
    if (positions < config_.max_position_embeddings) {
      return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                       "tensor {} has {} rows, fewer than the context of {}",
                       tensors.spelling("position_embd.weight"), positions, config_.max_position_embeddings);
    }
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

Decoder::CacheSlot Decoder::place_in_cache(const CacheSpec& kept, size_t layer) const {
  CacheSlot slot;
  for (size_t group = 0; group < cache_specs_.size(); ++group) {
    const std::vector<int>& members = cache_specs_[group].layers;
    const auto found = std::ranges::find(members, int(layer));
    if (found == members.end() || !cache_specs_[group].keeps_same_as(kept)) continue;
    slot = {group, size_t(found - members.begin())};
  }
  return slot;
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
  layers_.use(placement_.embedding, 0);
  layers_.use(placement_.head, row_stride(config_.hidden_size));  // of read_hidden
  TRY(layers_.allocate_work());
  late_rows_ = layers_.backend(placement_.head).make_batch();
  return {};
}

void Decoder::start(const ForwardBatch& batch) {
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
  layers_.start({.token_ids = batch.token_ids,
                 .positions = batch.positions,
                 .logits_rows = batch.logits_rows,
                 .sequences = sequences_},
                placement_.embedding);
}

void Decoder::embed() {
  const StepBatch& batch = layers_.batch(placement_.embedding);
  const Matrix out = layers_.residual(placement_.embedding);
  embedding_.forward(batch.token_ids(), out);
  if (positions_) positions_.add_to(batch.positions(), out);
  if (embedding_norm_) {
    layers_.backend(placement_.embedding).norm({.in = out, .norm = embedding_norm_.operands(), .out = out});
  }
}

void Decoder::run_layer(size_t layer, std::span<const KvGroup> groups) {
  caches_.clear();
  for (const CacheSlot& slot : slots_[layer]) {
    const KvGroup& group = groups[slot.group];
    caches_.push_back({.base = group.base + group.layer_offsets[slot.index_in_group],
                       .block_stride = group.block_stride,
                       .dtype = group.dtype,
                       .sequences = {&layers_.batch(layers_.on(layer).mixer), slot.group}});
  }
  layers_.run_layer(layer, caches_);
}

void Decoder::submit(const ForwardBatch& batch, std::span<const KvGroup> groups) {
  CHECK(!is_submitted_ && groups.size() == cache_specs_.size());
  is_submitted_ = true;
  start(batch);
  embed();
  for (size_t layer = 0; layer < layers_.num_layers(); ++layer) run_layer(layer, groups);
  head_.start(layers_.bring_residual(placement_.head).in, layers_.batch(placement_.head).logits_rows());
  for (Backend* device : placement_.devices) device->submit();
}

void Decoder::collect(std::span<float> logits) {
  CHECK(is_submitted_);
  head_.finish(layers_.residual(placement_.head), layers_.batch(placement_.head).logits_rows(), logits);
  for (Backend* device : placement_.devices) device->wait();
  is_submitted_ = false;
}

void Decoder::read_logits(std::span<const int32_t> rows, std::span<float> logits) {
  CHECK(!is_submitted_);
  const Matrix last = layers_.residual(placement_.head);
  late_rows_->upload({.logits_rows = rows});
  head_.start(last, late_rows_->logits_rows());
  head_.finish(last, late_rows_->logits_rows(), logits);
}

void Decoder::read_hidden(int32_t first_row, int32_t num_rows, std::span<float> hidden) {
  const int64_t cols = config_.hidden_size, rows = num_rows;
  CHECK(!is_submitted_ && hidden.size() == size_t(rows * cols));
  CHECK(first_row >= 0 && first_row + rows <= layers_.num_rows());
  Matrix out = layers_.scratch(placement_.head).take(cols).slice(0, rows);
  out.stride = cols;
  head_.normalize(layers_.residual(placement_.head).slice(first_row, rows), out);
  layers_.backend(placement_.head).download(out.data, hidden);
}

void Decoder::read_scores(int32_t row, std::span<float> scores) {
  CHECK(!is_submitted_ && row >= 0 && row < layers_.num_rows());
  head_.score(layers_.residual(placement_.head).slice(row, 1), scores);
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
