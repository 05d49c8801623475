#include "models/blocks/latent_attention.h"

#include <vector>

#include "quant/format.h"
#include "tensor/row_reader.h"

namespace hearth {

namespace {

/// Columns of the matrices between the products.
struct Columns {
  explicit Columns(const LatentAttentionSpec& spec)
      : heads(spec.num_heads),
        rope(spec.rope.rotary_dim),
        latent(spec.latent_dim),
        key(rope + latent),
        queries(heads * (spec.nope_dim + rope)),
        absorbed(heads * key),
        qkv(absorbed + key + latent),
        mixed(heads * latent),
        values(heads * spec.value_dim) {}

  int64_t heads, rope, latent;
  int64_t key;       ///< rotated | latent
  int64_t queries;   ///< [heads] of not rotated | rotated
  int64_t absorbed;  ///< [heads] of rotated | in terms of the latent
  int64_t qkv;       ///< absorbed queries | key | latent
  int64_t mixed;     ///< [heads] of latents
  int64_t values;
};

class LatentAttention final : public Mixer {
 public:
  struct Tensors {
    Norm norm;
    Linear q_a;     ///< to the queries' latent, or none
    Norm q_a_norm;  ///< or none
    Linear q;
    Linear kv_a;  ///< to the rotated key and the latent
    Norm kv_a_norm;
    std::shared_ptr<const Weight> k_b;  ///< [heads * latent_dim, nope_dim]
    std::shared_ptr<const Weight> v_b;  ///< [heads * value_dim, latent_dim]
    Linear output;
    ResidualAdd add;
  };

  LatentAttention(Backend& backend, const LatentAttentionSpec& spec, size_t rope, Tensors tensors)
      : backend_(backend), spec_(spec), columns_(spec), rope_(rope), tensors_(std::move(tensors)) {}

  void forward(const Step& step, const LayerCache& cache) const override;
  int64_t scratch_stride() const override {
    return row_stride(columns_.qkv) + row_stride(columns_.queries) + row_stride(spec_.q_rank) +
           row_stride(columns_.mixed) + row_stride(columns_.values) + tensors_.add.scratch_stride();
  }

 private:
  void project_queries(const Step& step, Scratch& scratch, const Matrix& absorbed) const;
  void project_latent(const Step& step, const Matrix& key, const Matrix& value) const;

  Backend& backend_;
  const LatentAttentionSpec spec_;
  const Columns columns_;
  const size_t rope_;  ///< of Step::ropes
  const Tensors tensors_;
};

void LatentAttention::project_queries(const Step& step, Scratch& scratch, const Matrix& absorbed) const {
  const Matrix queries = scratch.take(columns_.queries);
  if (spec_.q_rank > 0) {
    const Matrix low = scratch.take(spec_.q_rank);
    tensors_.q_a.forward(step.in, tensors_.norm.prologue(), low);
    tensors_.q.forward(low, tensors_.q_a_norm.prologue(), queries);
  } else {
    tensors_.q.forward(step.in, tensors_.norm.prologue(), queries);
  }
  backend_.grouped_linear(
      {.in = queries, .weight = tensors_.k_b.get(), .num_groups = spec_.num_heads, .out = absorbed});
}

void LatentAttention::project_latent(const Step& step, const Matrix& key, const Matrix& value) const {
  tensors_.kv_a.forward(step.in, tensors_.norm.prologue(), key);
  const Matrix latent = key.columns(columns_.rope, columns_.latent);
  const NormPrologue norm = tensors_.kv_a_norm.operands();
  backend_.norm({.in = latent, .norm = norm, .out = value});
  backend_.norm({.in = latent, .norm = norm, .out = latent});
}

void LatentAttention::forward(const Step& step, const LayerCache& cache) const {
  Scratch scratch = step.scratch;
  const Matrix qkv = scratch.take(columns_.qkv), mixed = scratch.take(columns_.mixed),
               values = scratch.take(columns_.values);
  const Matrix absorbed = qkv.columns(0, columns_.absorbed);
  project_queries(step, scratch, absorbed);
  project_latent(step, qkv.columns(columns_.absorbed, columns_.key),
                 qkv.columns(columns_.absorbed + columns_.key, columns_.latent));
  const RopeAngles angles = step.ropes->angles(rope_, step.in.rows);
  const KvLayer kv{.base = cache.base,
                   .block_stride = cache.block_stride,
                   .shape = {.dtype = cache.dtype,
                             .num_kv_heads = 1,
                             .key_dim = int(columns_.key),
                             .value_dim = spec_.latent_dim}};
  backend_.rope_append({.qkv = qkv,
                        .num_heads = spec_.num_heads,
                        .layout = RopeLayout::kPairs,
                        .cos = angles.cos,
                        .sin = angles.sin,
                        .kv = kv,
                        .sequences = cache.sequences});
  backend_.attention({.q = absorbed,
                      .num_heads = spec_.num_heads,
                      .scale = spec_.scale,
                      .kv = kv,
                      .sequences = cache.sequences,
                      .out = mixed});
  backend_.grouped_linear(
      {.in = mixed, .weight = tensors_.v_b.get(), .num_groups = spec_.num_heads, .out = values});
  tensors_.add.forward(tensors_.output, values, {}, scratch, step.out);
}

/// A head's matrix of keys [latent_dim, nope_dim], which attn_kv_b holds transposed: of plain types as it
/// lies; quants, whose blocks lie along the other axis, become halves, or floats where halves are too short.
StoredTensor transposed_keys(const StoredTensor& rows, const LatentAttentionSpec& spec) {
  const DTypeInfo info = dtype_info(rows.dtype);
  const bool as_it_lies = rows.layout == WeightLayout::kRows && info.block_size == 1;
  StoredTensor keys;
  keys.dtype = rows.dtype;
  if (!as_it_lies) keys.dtype = rows.layout == WeightLayout::kScaledCodes ? DType::kF32 : DType::kF16;
  keys.shape = {spec.latent_dim, spec.nope_dim};
  keys.layout = WeightLayout::kColumns;
  TensorView plane = rows.planes[0];
  plane.shape = {spec.nope_dim, spec.latent_dim};
  if (as_it_lies) {
    const size_t row_bytes = size_t(spec.latent_dim) * info.block_bytes;
    plane.data =
        plane.data.subspan(size_t(rows.row_order.first) * row_bytes, size_t(spec.nope_dim) * row_bytes);
  } else {
    const std::vector<float> values = decode_tensor(rows);
    const auto bytes =
        std::make_shared<std::vector<std::byte>>(values.size() * dtype_info(keys.dtype).block_bytes);
    encode_blocks(keys.dtype, values.data(), int64_t(values.size()), bytes->data());
    plane = {.dtype = keys.dtype, .shape = plane.shape, .data = *bytes, .owner = bytes};
  }
  keys.planes = {plane};
  return keys;
}

struct KeyValueMatrices {
  std::shared_ptr<const Weight> k_b, v_b;
};

Result<KeyValueMatrices> load_kv_b(const LatentAttentionSpec& spec, const LayerLoader& layer) {
  TensorLoader& tensors = layer.tensors();
  const int64_t heads = spec.num_heads, latent = spec.latent_dim, nope = spec.nope_dim,
                value = spec.value_dim;
  if (!tensors.has(layer.name("attn_kv_b.weight"))) {
    const StoredTensor k_b = TRY(tensors.take(layer.name("attn_k_b.weight"), {heads, latent, nope}));
    const StoredTensor v_b = TRY(tensors.take(layer.name("attn_v_b.weight"), {heads, value, latent}));
    return KeyValueMatrices{TRY(tensors.pack(k_b)), TRY(tensors.pack(v_b))};
  }
  const StoredTensor kv_b =
      TRY(tensors.take(layer.name("attn_kv_b.weight"), {heads * (nope + value), latent}));
  StoredWeight keys, values;
  for (int64_t head = 0; head < heads; ++head) {
    const int64_t first = head * (nope + value);
    keys.slices.push_back(transposed_keys(rows_of(kv_b, first, nope), spec));
    values.slices.push_back(rows_of(kv_b, first + nope, value));
  }
  return KeyValueMatrices{TRY(tensors.pack(keys)), TRY(tensors.pack(values))};
}

/// The rotated key's rows come first, as they stand in the cache.
Result<Linear> load_kv_a(const LatentAttentionSpec& spec, const LayerLoader& layer) {
  TensorLoader& tensors = layer.tensors();
  const int64_t latent = spec.latent_dim, rope = spec.rope.rotary_dim;
  const StoredTensor stored =
      TRY(tensors.take(layer.name("attn_kv_a_mqa.weight"), {latent + rope, layer.hidden_size()}));
  const StoredWeight reordered({rows_of(stored, latent, rope), rows_of(stored, 0, latent)});
  return Linear(layer.backend(), TRY(tensors.pack(reordered)));
}

}  // namespace

CacheSpec cache_spec(const LatentAttentionSpec& spec) {
  return {.kind = CacheSpec::Kind::kFull,
          .num_kv_heads = 1,
          .key_dim = spec.rope.rotary_dim + spec.latent_dim,
          .value_dim = spec.latent_dim,
          .layers = {}};
}

Result<std::unique_ptr<Mixer>> load_mixer(const LatentAttentionSpec& spec, const BlockNorms& norms,
                                          const LayerLoader& layer) {
  const Columns columns(spec);
  const int64_t hidden = layer.hidden_size();
  TensorLoader& loader = layer.tensors();
  LatentAttention::Tensors tensors;
  tensors.norm = TRY(layer.norm(norms.before));
  if (spec.q_rank > 0) {
    const NamedRows q_a{layer.name("attn_q_a"), spec.q_rank}, q_b{layer.name("attn_q_b"), columns.queries};
    tensors.q_a = TRY(loader.linear({&q_a, 1}, hidden, false));
    tensors.q_a_norm = TRY(layer.rms_norm("attn_q_a_norm", {spec.q_rank}));
    tensors.q = TRY(loader.linear({&q_b, 1}, spec.q_rank, false));
  } else {
    const NamedRows q{layer.name("attn_q"), columns.queries};
    tensors.q = TRY(loader.linear({&q, 1}, hidden, false));
  }
  tensors.kv_a = TRY(load_kv_a(spec, layer));
  tensors.kv_a_norm = TRY(layer.rms_norm("attn_kv_a_norm", {spec.latent_dim}));
  KeyValueMatrices matrices = TRY(load_kv_b(spec, layer));
  tensors.k_b = std::move(matrices.k_b);
  tensors.v_b = std::move(matrices.v_b);
  const NamedRows output{layer.name("attn_output"), hidden};
  tensors.output = TRY(loader.linear({&output, 1}, columns.values, false));
  tensors.add = TRY(layer.residual_add(norms));
  const size_t rope = TRY(layer.ropes().add(spec.rope));
  return std::make_unique<LatentAttention>(layer.backend(), spec, rope, std::move(tensors));
}

}  // namespace hearth
