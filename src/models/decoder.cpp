#include "models/decoder.h"

#include <algorithm>

namespace hearth {

Decoder::Decoder(const LoadContext& context, std::vector<CacheSpec> cache_specs)
    : config_(context.config),
      backend_(context.backend),
      max_batch_tokens_(context.max_batch_tokens),
      cache_specs_(std::move(cache_specs)),
      ropes_(context.backend, context.max_batch_tokens, context.context_limit),
      sequences_(cache_specs_.size()) {}

Result<std::unique_ptr<Model>> Decoder::load(const LoadContext& context, std::span<const LayerSpec> layers) {
  std::unique_ptr<Decoder> decoder(new Decoder(context, hearth::cache_specs(layers)));
  TensorLoader tensors(context.tensors, context.backend);
  for (const char* name : {"rope_freqs", "rope_factors_short", "rope_factors_long"}) {
    tensors.ignore(fmt::format("{}.weight", name));  // the config holds them
  }
  TRY(decoder->load_layers(tensors, layers));
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

Status Decoder::load_layers(TensorLoader& tensors, std::span<const LayerSpec> layers) {
  const TensorView table = TRY(tensors.take("token_embd.weight", {config_.vocab_size, config_.hidden_size}));
  embedding_ = Embedding(backend_, TRY(tensors.pack({&table, 1})), config_.embedding_scale);
  for (size_t index = 0; index < layers.size(); ++index) {
    const LayerLoader loader(tensors, backend_, ropes_, config_, index);
    const LayerSpec& spec = layers[index];
    Layer layer;
    layer.mixer = TRY(std::visit(
        [&](const auto& mixer) { return load_mixer(mixer, spec.mixer_norms, loader); }, spec.mixer));
    if (spec.feed_forward) {
      layer.feed_forward = TRY(std::visit(
          [&](const auto& block) { return load_feed_forward(block, spec.feed_forward_norms, loader); },
          *spec.feed_forward));
    }
    for (size_t group = 0; group < cache_specs_.size(); ++group) {
      const std::vector<int>& members = cache_specs_[group].layers;
      const auto found = std::ranges::find(members, int(index));
      if (found == members.end()) continue;
      layer.cache_group = group;
      layer.index_in_group = size_t(found - members.begin());
    }
    layers_.push_back(std::move(layer));
  }
  head_ = TRY(Head::load(tensors, backend_, config_, embedding_, max_batch_tokens_));
  return {};
}

Status Decoder::allocate_work() {
  const int64_t hidden = row_stride(config_.hidden_size);
  residual_ = TRY(allocate_rows(backend_, max_batch_tokens_, hidden));
  int64_t widest = hidden;  // of read_hidden
  for (const Layer& layer : layers_) {
    widest = std::max(widest, layer.mixer->scratch_stride());
    if (layer.feed_forward != nullptr) widest = std::max(widest, layer.feed_forward->scratch_stride());
  }
  scratch_ = TRY(allocate_rows(backend_, max_batch_tokens_, widest));
  batch_ = backend_.make_batch();
  late_rows_ = backend_.make_batch();
  return {};
}

Matrix Decoder::residual(int64_t rows) const {
  return {residual_.address(), rows, config_.hidden_size, row_stride(config_.hidden_size)};
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
  batch_->upload({.token_ids = batch.token_ids,
                  .positions = batch.positions,
                  .logits_rows = batch.logits_rows,
                  .sequences = sequences_});
}

void Decoder::submit(const ForwardBatch& batch, std::span<const KvGroup> groups) {
  const auto rows = int64_t(batch.token_ids.size());
  CHECK(!is_submitted_ && groups.size() == cache_specs_.size());
  CHECK(rows <= max_batch_tokens_ && batch.positions.size() == batch.token_ids.size());
  is_submitted_ = true;
  num_rows_ = rows;
  upload(batch);
  const Step step{.in = residual(rows),
                  .out = residual(rows),
                  .scratch = Scratch(scratch_.address(), rows, max_batch_tokens_),
                  .ropes = &ropes_};
  embedding_.forward(batch_->token_ids(), step.out);
  ropes_.fill(batch_->positions());
  for (const Layer& layer : layers_) {
    const KvGroup& group = groups[layer.cache_group];
    layer.mixer->forward(step, {.base = group.base + group.layer_offsets[layer.index_in_group],
                                .block_stride = group.block_stride,
                                .dtype = group.dtype,
                                .sequences = {batch_.get(), layer.cache_group}});
    if (layer.feed_forward != nullptr) layer.feed_forward->forward(step);
  }
  head_.start(step.out, batch_->logits_rows());
  backend_.submit();
}

void Decoder::collect(std::span<float> logits) {
  CHECK(is_submitted_);
  head_.finish(residual(num_rows_), batch_->logits_rows(), logits);
  backend_.wait();
  is_submitted_ = false;
}

void Decoder::read_logits(std::span<const int32_t> rows, std::span<float> logits) {
  CHECK(!is_submitted_);
  late_rows_->upload({.logits_rows = rows});
  head_.start(residual(num_rows_), late_rows_->logits_rows());
  head_.finish(residual(num_rows_), late_rows_->logits_rows(), logits);
}

void Decoder::read_hidden(int32_t first_row, int32_t num_rows, std::span<float> hidden) {
  const int64_t cols = config_.hidden_size, rows = num_rows;
  CHECK(!is_submitted_ && hidden.size() == size_t(rows * cols));
  CHECK(first_row >= 0 && first_row + rows <= num_rows_);
  const Matrix out{scratch_.address(), rows, cols, cols};
  head_.normalize(residual(num_rows_).slice(first_row, rows), out);
  backend_.download(out.data, hidden);
}

ModelSpec decoder_spec(std::vector<std::string_view> names, const LayerSpecOf& layer_of,
                       std::function<Status(ModelConfig&, const ConfigKeys&)> configure) {
  return {.names = std::move(names),
          .configure = std::move(configure),
          .cache_specs =
              [layer_of](const ModelConfig& config) { return cache_specs(layer_specs(config, layer_of)); },
          .build =
              [layer_of](const LoadContext& context) {
                return Decoder::load(context, layer_specs(context.config, layer_of));
              },
          .conventions = {}};
}

}  // namespace hearth
