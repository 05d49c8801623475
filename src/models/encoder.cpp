#include "models/encoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/checked_math.h"

namespace hearth {

namespace {

/// Rows for each text that a batch may have: one that is shorter takes a block of its own nevertheless.
constexpr int kRowsOfAText = 16;
constexpr DType kStoredAs = DType::kF32;

constexpr const char* kProjections[] = {"dense_2", "dense_3"};

KvShape kv_shape(const CacheSpec& kept) {
  return {.dtype = kStoredAs,
          .num_kv_heads = kept.num_kv_heads,
          .key_dim = kept.key_dim,
          .value_dim = kept.value_dim};
}

}  // namespace

Encoder::Encoder(const LoadContext& context, const EncoderSpec& spec)
    : config_(context.config),
      placement_(context.placement),
      max_batch_tokens_(context.max_batch_tokens),
      layer_specs_(hearth::layer_specs(context.config, spec.layer_of)),
      layers_(context),
      keys_and_values_(context.placement.devices.size()),
      sequences_(1) {
  for (const LayerSpec& layer : layer_specs_) {
    CHECK(!layer.second_mixer);
    kept_.push_back(cache_spec(layer.mixer));
  }
}

Result<std::unique_ptr<EncoderModel>> Encoder::load(const LoadContext& context, const EncoderSpec& spec) {
  std::unique_ptr<Encoder> encoder(new Encoder(context, spec));
  TensorLoader tensors(context.tensors, context.placement.device(0));
  TRY(encoder->load_parts(tensors, spec.head_activation));
  TRY(tensors.check_all_taken());
  TRY(encoder->allocate_work());
  return encoder;
}

Status Encoder::load_parts(TensorLoader& tensors, PooledActivation head_activation) {
  std::vector<TensorLoader> loaders = layers_.loaders(tensors);
  TRY(load_embeddings(loaders[placement_.embedding]));
  TRY(layers_.load(loaders, config_, layer_specs_));
  TensorLoader& last = loaders[placement_.head];
  Backend& backend = placement_.device(placement_.head);
  if (last.has("output_norm.weight")) output_norm_ = TRY(last.branch_norm("output_norm", config_));
  head_ = TRY(ClassificationHead::load(head_activation, last, backend, config_));
  int64_t width = config_.hidden_size;
  for (const char* name : kProjections) {
    const int64_t rows = last.rows(fmt::format("{}.weight", name));
    if (rows == 0) continue;
    const std::vector<DenseActivation>& activations = config_.embedding.dense;
    const size_t index = projections_.size();
    projections_.push_back(
        {.linear = TRY(PooledLinear::load(last, backend, name, rows, width)),
         .activation = index < activations.size() ? activations[index] : DenseActivation::kIdentity});
    width = rows;
  }
  return {};
}

Status Encoder::load_embeddings(TensorLoader& tensors) {
  Backend& backend = placement_.device(placement_.embedding);
  const auto load = [&](const std::string& name, int64_t rows, float scale) -> Result<Embedding> {
    const StoredTensor table = TRY(tensors.take(name, {rows, config_.hidden_size}));
    return Embedding(backend, TRY(tensors.pack(table)), scale);
  };
  tokens_ = TRY(load("token_embd.weight", config_.vocab_size, config_.embedding_scale));
  if (tensors.has("position_embd.weight"))
    positions_ = TRY(load("position_embd.weight", config_.max_position_embeddings, 1.0f));
  if (const int64_t types = tensors.rows("token_types.weight"); types > 0) {
    num_token_types_ = int(std::min<int64_t>(types, INT32_MAX));
    token_types_ = TRY(load("token_types.weight", types, 1.0f));
  }
  if (tensors.has("token_embd_norm.weight"))
    embedding_norm_ = TRY(tensors.branch_norm("token_embd_norm", config_));
  return {};
}

Status Encoder::allocate_work() {
  layers_.use(placement_.embedding, 0);
  layers_.use(placement_.head, row_stride(config_.hidden_size));  // of collect
  TRY(layers_.allocate_work());
  return allocate_keys_and_values();
}

Status Encoder::allocate_keys_and_values() {
  std::vector<size_t> block_bytes(keys_and_values_.size(), 0);
  for (size_t layer = 0; layer < kept_.size(); ++layer) {
    const size_t device = layers_.on(layer).mixer;
    const size_t bytes = placement_.device(device).kv_block_bytes(kv_shape(kept_[layer]));
    block_bytes[device] = std::max(block_bytes[device], bytes);
  }
  for (size_t device = 0; device < block_bytes.size(); ++device) {
    if (block_bytes[device] == 0) continue;
    keys_and_values_[device] =
        TRY(placement_.device(device).allocate(block_bytes[device] * size_t(most_blocks())));
  }
  return {};
}

int Encoder::max_batch_sequences() const { return std::max(1, max_batch_tokens_ / kRowsOfAText); }

/// Each text but for its last block fills those that it has.
int Encoder::most_blocks() const { return max_batch_tokens_ / kKvBlockTokens + max_batch_sequences(); }

int Encoder::embedding_size() const {
  return projections_.empty() ? config_.hidden_size : int(projections_.back().linear.rows());
}

void Encoder::start(const EncoderBatch& batch) {
  const size_t num_tokens = batch.token_ids.size();
  CHECK(batch.sequences.size() <= size_t(max_batch_sequences()));
  CHECK(batch.token_types.empty() || batch.token_types.size() == num_tokens);
  texts_.assign(batch.sequences.begin(), batch.sequences.end());
  blocks_.resize(size_t(most_blocks()));
  for (size_t block = 0; block < blocks_.size(); ++block) blocks_[block] = int32_t(block);
  token_positions_.clear();
  sequences_[0].clear();
  size_t next_block = 0;
  for (const EncoderSequence& text : texts_) {
    CHECK(text.first_row == int32_t(token_positions_.size()) && text.num_rows > 0);
    CHECK(text.num_rows <= config_.max_position_embeddings);
    const auto num_blocks = size_t(ceil_div(text.num_rows, kKvBlockTokens));
    CHECK(next_block + num_blocks <= blocks_.size());
    sequences_[0].push_back({.first_row = text.first_row,
                             .num_rows = text.num_rows,
                             .first_position = 0,
                             .block_table = std::span(blocks_).subspan(next_block, num_blocks)});
    next_block += num_blocks;
    for (int32_t position = 0; position < text.num_rows; ++position) token_positions_.push_back(position);
  }
  types_.assign(batch.token_types.begin(), batch.token_types.end());
  types_.resize(num_tokens, 0);
  CHECK(std::ranges::all_of(types_, [&](int32_t type) { return type >= 0 && type < num_token_types_; }));
  layers_.start({.token_ids = batch.token_ids,
                 .positions = token_positions_,
                 .token_types = types_,
                 .sequences = sequences_},
                placement_.embedding);
}

void Encoder::embed() {
  const StepBatch& batch = layers_.batch(placement_.embedding);
  const Matrix out = layers_.residual(placement_.embedding);
  tokens_.forward(batch.token_ids(), out);
  if (token_types_) token_types_.add_to(batch.token_types(), out);
  if (positions_) positions_.add_to(batch.positions(), out);
  if (embedding_norm_) {
    layers_.backend(placement_.embedding).norm({.in = out, .norm = embedding_norm_.operands(), .out = out});
  }
}

void Encoder::submit(const EncoderBatch& batch) {
  CHECK(!is_submitted_);
  is_submitted_ = true;
  start(batch);
  embed();
  for (size_t layer = 0; layer < layers_.num_layers(); ++layer) {
    const size_t device = layers_.on(layer).mixer;
    const LayerCache kept{.base = keys_and_values_[device].address(),
                          .block_stride = placement_.device(device).kv_block_bytes(kv_shape(kept_[layer])),
                          .dtype = kStoredAs,
                          .sequences = {&layers_.batch(device), 0}};
    layers_.run_layer(layer, {&kept, 1});
  }
  const Matrix last = layers_.bring_residual(placement_.head).in;
  if (output_norm_) {
    layers_.backend(placement_.head).norm({.in = last, .norm = output_norm_.operands(), .out = last});
  }
  for (Backend* device : placement_.devices) device->submit();
}

void Encoder::collect(std::span<float> hidden) {
  CHECK(is_submitted_);
  const int64_t cols = config_.hidden_size;
  CHECK(hidden.size() == size_t(layers_.num_rows() * cols));
  const Matrix last = layers_.residual(placement_.head);
  Backend& backend = layers_.backend(placement_.head);
  if (last.stride == cols) {
    backend.download(last.data, hidden);
  } else {
    for (int64_t row = 0; row < last.rows; ++row)
      backend.download(last.row(row), hidden.subspan(size_t(row * cols), size_t(cols)));
  }
  for (Backend* device : placement_.devices) device->wait();
  is_submitted_ = false;
}

void Encoder::read_scores(std::span<float> scores) {
  const auto labels = size_t(num_labels());
  CHECK(!is_submitted_ && labels > 0 && scores.size() == texts_.size() * labels);
  const Matrix last = layers_.residual(placement_.head);
  std::vector<float> rows;
  std::vector<float> hidden;
  for (size_t text = 0; text < texts_.size(); ++text) {
    const Matrix of_text = last.slice(texts_[text].first_row, texts_[text].num_rows);
    rows.resize(size_t(of_text.rows * of_text.stride));
    layers_.backend(placement_.head).download(of_text.data, rows);
    hidden.clear();
    for (int64_t row = 0; row < of_text.rows; ++row) {
      const auto first = rows.begin() + ptrdiff_t(row * of_text.stride);
      hidden.insert(hidden.end(), first, first + ptrdiff_t(of_text.cols));
    }
    head_.score(hidden, scores.subspan(text * labels, labels));
  }
}

void Encoder::project(std::span<const float> pooled, std::span<float> embeddings) {
  CHECK(!is_submitted_);
  std::vector<float> at(pooled.begin(), pooled.end()), next;
  const size_t count = pooled.size() / size_t(config_.hidden_size);
  for (const Projection& layer : projections_) {
    next.resize(count * size_t(layer.linear.rows()));
    layer.linear.forward(at, next);
    if (layer.activation == DenseActivation::kTanh) {
      for (float& value : next) value = float(std::tanh(double(value)));
    }
    std::swap(at, next);
  }
  CHECK(at.size() == embeddings.size());
  std::ranges::copy(at, embeddings.begin());
}

ModelSpec encoder_spec(std::vector<std::string_view> names, const EncoderSpec& encoder,
                       std::function<Status(ModelConfig&, const ConfigKeys&)> configure) {
  ModelSpec spec{.names = std::move(names),
                 .configure = std::move(configure),
                 .cache_specs = nullptr,
                 .build = BuildEncoderModel(
                     [encoder](const LoadContext& context) { return Encoder::load(context, encoder); })};
  spec.parts.causal = false;
  return spec;
}

}  // namespace hearth
