#include "models/decoder.h"

#include <algorithm>
#include <cmath>

#include "base/checked_math.h"
#include "models/decoder_layers.h"

namespace hearth {

namespace {

/// Logits of more rows than fit here are computed in several steps.
constexpr int64_t kLogitsBytes = 8 << 20;

/// Floats from one row of a work matrix to the next: rows start at cache lines, and not all at the same
/// place of a page, where their lines would share one set of a cache.
int64_t row_stride(int64_t cols) {
  constexpr int64_t kLine = 16, kPage = 1024;
  const int64_t stride = round_up(cols, kLine);
  return stride % kPage == 0 ? stride + kLine : stride;
}

Result<Buffer> allocate_rows(Backend& backend, int64_t rows, int64_t stride) {
  return backend.allocate(size_t(rows) * size_t(stride) * sizeof(float));
}

int64_t qkv_cols(const ModelConfig& config) {
  return int64_t(config.num_attention_heads) * config.head_dim +
         int64_t(config.num_key_value_heads) * (config.head_dim + config.value_head_dim);
}
int64_t attention_cols(const ModelConfig& config) {
  return int64_t(config.num_attention_heads) * config.value_head_dim;
}

bool is_sliding(const ModelConfig& config, size_t layer) {
  return config.layer_types[layer] == LayerType::kSlidingAttention;
}

}  // namespace

Decoder::Decoder(const LoadContext& context)
    : config_(context.config),
      backend_(context.backend),
      max_batch_tokens_(context.max_batch_tokens),
      context_limit_(context.context_limit),
      cache_specs_(decoder_cache_specs(context.config)),
      sequences_(cache_specs_.size()) {}

Result<std::unique_ptr<Model>> Decoder::load(const LoadContext& context, const DecoderTraits& traits) {
  std::unique_ptr<Decoder> decoder(new Decoder(context));
  TensorLoader tensors(context.weights, context.backend);
  for (const char* name : {"rope_freqs", "rope_factors_short", "rope_factors_long"}) {
    tensors.ignore(fmt::format("{}.weight", name));  // the config holds them
  }
  TRY(decoder->load_tensors(tensors, traits));
  TRY(tensors.check_all_taken());
  TRY(decoder->allocate_work(traits));
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

Status Decoder::load_tensors(TensorLoader& tensors, const DecoderTraits& traits) {
  const TensorView table = TRY(tensors.take("token_embd.weight", {config_.vocab_size, config_.hidden_size}));
  embedding_ = Embedding(backend_, TRY(tensors.pack({&table, 1})), config_.embedding_scale);
  for (size_t index = 0; index < size_t(config_.num_hidden_layers); ++index) {
    const bool own_rope = is_sliding(config_, index) && config_.rope_local_base_freq > 0;
    Layer layer{.attention = TRY(load_attention(tensors, backend_, config_, traits, index)),
                .feed_forward = TRY(load_feed_forward(tensors, backend_, config_, traits, index)),
                .rope = own_rope ? size_t{1} : size_t{0}};
    for (size_t group = 0; group < cache_specs_.size(); ++group) {
      const std::vector<int>& members = cache_specs_[group].layers;
      const auto found = std::ranges::find(members, int(index));
      if (found == members.end()) continue;
      layer.cache_group = group;
      layer.index_in_group = size_t(found - members.begin());
    }
    layers_.push_back(std::move(layer));
  }
  norm_ = TRY(tensors.norm("output_norm", config_.hidden_size, config_.rms_norm_eps));
  if (config_.tie_word_embeddings) {
    head_ = Linear(backend_, embedding_.table());
  } else {
    const NamedRows head{"output", config_.vocab_size};
    head_ = TRY(tensors.linear({&head, 1}, config_.hidden_size, tensors.has("output.bias")));
  }
  return {};
}

Status Decoder::allocate_work(const DecoderTraits& traits) {
  const int64_t rows = max_batch_tokens_;
  const int64_t hidden = row_stride(config_.hidden_size);
  residual_ = TRY(allocate_rows(backend_, rows, hidden));
  if (traits.post_norms) branch_ = TRY(allocate_rows(backend_, rows, hidden));
  const int64_t gate_up = config_.num_experts > 0 ? 0 : 2 * int64_t(config_.intermediate_size);
  const int64_t widest = std::max(
      {row_stride(qkv_cols(config_)) + row_stride(attention_cols(config_)), row_stride(gate_up), hidden});
  scratch_ = TRY(allocate_rows(backend_, rows, widest));

  ropes_.push_back({.frequencies = rope_frequencies(config_, context_limit_), .angles = {}});
  if (config_.rope_local_base_freq > 0)
    ropes_.push_back({.frequencies = local_rope_frequencies(config_), .angles = {}});
  for (Rope& rope : ropes_) rope.angles = TRY(allocate_rows(backend_, rows, row_stride(config_.rotary_dim)));

  logits_rows_ = std::clamp(kLogitsBytes / (int64_t(config_.vocab_size) * 4), int64_t{1}, rows);
  logits_ = TRY(allocate_rows(backend_, logits_rows_, config_.vocab_size));
  return {};
}

Activations Decoder::activations(int64_t rows) const {
  const int64_t hidden = config_.hidden_size, gate_up = 2 * int64_t(config_.intermediate_size);
  const int64_t qkv = qkv_cols(config_), attention = attention_cols(config_);
  return {.residual = {residual_.floats(), rows, hidden, row_stride(hidden)},
          .branch = {branch_.floats(), rows, hidden, row_stride(hidden)},
          .qkv = {scratch_.floats(), rows, qkv, row_stride(qkv)},
          .attention = {scratch_.floats() + max_batch_tokens_ * row_stride(qkv), rows, attention,
                        row_stride(attention)},
          .gate_up = {scratch_.floats(), rows, gate_up, row_stride(gate_up)}};
}

RopeAngles Decoder::angles(const Rope& rope, int64_t rows) const {
  const int64_t half = config_.rotary_dim / 2;
  const Matrix both{rope.angles.floats(), rows, 2 * half, row_stride(2 * half)};
  return {both.columns(0, half), both.columns(half, half)};
}

void Decoder::fill_sequences(const ForwardBatch& batch) {
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
}

void Decoder::forward(const ForwardBatch& batch, std::span<const KvGroup> groups, std::span<float> logits) {
  const auto rows = int64_t(batch.token_ids.size());
  CHECK(rows <= max_batch_tokens_ && batch.positions.size() == batch.token_ids.size());
  CHECK(groups.size() == cache_specs_.size());
  const Activations work = activations(rows);
  embedding_.forward(batch.token_ids, work.residual);
  for (const Rope& rope : ropes_) {
    const RopeAngles out = angles(rope, rows);
    backend_.rope_angles({.positions = batch.positions,
                          .inv_freq = rope.frequencies.inv_freq,
                          .magnitude = rope.frequencies.magnitude,
                          .cos = out.cos,
                          .sin = out.sin});
  }
  fill_sequences(batch);
  for (const Layer& layer : layers_) {
    const KvGroup& group = groups[layer.cache_group];
    KvLayer kv{.base = group.base + group.layer_offsets[layer.index_in_group],
               .block_stride = group.block_stride,
               .shape = layer.attention.kv_shape};
    kv.shape.dtype = group.dtype;
    layer.attention.forward(work, angles(ropes_[layer.rope], rows), kv, sequences_[layer.cache_group]);
    std::visit([&](const auto& feed_forward) { feed_forward.forward(work); }, layer.feed_forward);
  }
  num_rows_ = rows;
  read_logits(batch.logits_rows, logits);
}

void Decoder::read_logits(std::span<const int32_t> rows, std::span<float> logits) {
  const auto vocab = size_t(config_.vocab_size);
  CHECK(logits.size() == rows.size() * vocab);
  const Matrix residual = activations(num_rows_).residual;
  for (size_t first = 0; first < rows.size(); first += size_t(logits_rows_)) {
    const size_t count = std::min(size_t(logits_rows_), rows.size() - first);
    const Matrix out{logits_.floats(), int64_t(count), config_.vocab_size, config_.vocab_size};
    head_.forward(residual, norm_.prologue(), out, rows.subspan(first, count));
    const std::span<float> host = logits.subspan(first * vocab, count * vocab);
    backend_.download(out.data, host);
    const float cap = config_.final_logit_softcapping;
    if (cap > 0)
      std::ranges::transform(host, host.begin(), [&](float x) { return cap * std::tanh(x / cap); });
  }
}

void Decoder::read_hidden(int32_t first_row, int32_t num_rows, std::span<float> hidden) {
  const int64_t cols = config_.hidden_size, rows = num_rows;
  CHECK(first_row >= 0 && first_row + rows <= num_rows_ && hidden.size() == size_t(rows * cols));
  const Matrix all = activations(num_rows_).residual;
  const Matrix in{all.row(first_row), rows, cols, all.stride};
  const Matrix out{scratch_.floats(), rows, cols, cols};
  backend_.rms_norm({.in = in, .weight = norm_.weight(), .eps = config_.rms_norm_eps, .out = out});
  backend_.download(out.data, hidden);
}

std::vector<CacheSpec> decoder_cache_specs(const ModelConfig& config) {
  std::vector<CacheSpec> specs;
  for (size_t layer = 0; layer < config.layer_types.size(); ++layer) {
    const bool sliding = is_sliding(config, layer);
    const auto kind = sliding ? CacheSpec::Kind::kSlidingWindow : CacheSpec::Kind::kFull;
    auto found = std::ranges::find(specs, kind, &CacheSpec::kind);
    if (found == specs.end()) {
      specs.push_back({.kind = kind,
                       .window = sliding ? config.sliding_window : 0,
                       .num_kv_heads = config.num_key_value_heads,
                       .key_dim = config.head_dim,
                       .value_dim = config.value_head_dim,
                       .layers = {}});
      found = specs.end() - 1;
    }
    found->layers.push_back(int(layer));
  }
  return specs;
}

ModelSpec decoder_spec(std::vector<std::string_view> names, const DecoderTraits& traits,
                       std::function<Status(ModelConfig&, const Weights&, const LogSink&)> configure) {
  return {.names = std::move(names),
          .configure = std::move(configure),
          .cache_specs = &decoder_cache_specs,
          .build = [traits](const LoadContext& context) { return Decoder::load(context, traits); }};
}

}  // namespace hearth
