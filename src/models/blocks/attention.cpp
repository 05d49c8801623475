#include "models/blocks/attention.h"

#include <optional>
#include <vector>

#include "models/blocks/alibi.h"
#include "models/blocks/column_scale.h"

namespace hearth {

namespace {

int64_t query_cols(const AttentionSpec& spec) { return int64_t(spec.num_heads) * spec.key_dim; }
int64_t key_cols(const AttentionSpec& spec) { return int64_t(spec.num_kv_heads) * spec.key_dim; }
int64_t value_cols(const AttentionSpec& spec) { return int64_t(spec.num_kv_heads) * spec.value_dim; }
int64_t qkv_cols(const AttentionSpec& spec) { return query_cols(spec) + key_cols(spec) + value_cols(spec); }
int64_t output_cols(const AttentionSpec& spec) { return int64_t(spec.num_heads) * spec.value_dim; }

/// q, k and v are one product.
class Attention final : public Mixer {
 public:
  struct Tensors {
    Norm norm;
    Linear qkv;
    ColumnScale qkv_scale;
    HeadsNorm q_norm, k_norm;
    Vector sinks;         ///< [num_heads], or none
    Vector alibi_slopes;  ///< [num_heads], or none
    ColumnScale mixed_scale;
    Norm sub_norm;  ///< or none
    Linear output;
    ResidualAdd add;
  };

  Attention(Backend& backend, const AttentionSpec& spec, std::optional<size_t> rope, Tensors tensors)
      : backend_(backend), spec_(spec), rope_(rope), tensors_(std::move(tensors)) {}

  void forward(const Step& step, const LayerCache& cache) const override;
  int64_t scratch_stride() const override {
    return row_stride(qkv_cols(spec_)) + row_stride(output_cols(spec_)) + tensors_.add.scratch_stride();
  }

 private:
  Backend& backend_;
  const AttentionSpec spec_;
  const std::optional<size_t> rope_;  ///< of Step::ropes
  const Tensors tensors_;
};

void Attention::forward(const Step& step, const LayerCache& cache) const {
  Scratch scratch = step.scratch;
  const Matrix qkv = scratch.take(qkv_cols(spec_)), mixed = scratch.take(output_cols(spec_));
  const RopeAngles angles = rope_ ? step.ropes->angles(*rope_, step.in.rows) : RopeAngles();
  const KvLayer kv{.base = cache.base,
                   .block_stride = cache.block_stride,
                   .shape = {.dtype = cache.dtype,
                             .num_kv_heads = spec_.num_kv_heads,
                             .key_dim = spec_.key_dim,
                             .value_dim = spec_.value_dim}};
  tensors_.qkv.forward(step.in, tensors_.norm.prologue(), qkv);
  tensors_.qkv_scale.forward(qkv);
  tensors_.q_norm.forward(backend_, qkv.columns(0, query_cols(spec_)));
  tensors_.k_norm.forward(backend_, qkv.columns(query_cols(spec_), key_cols(spec_)));
  backend_.rope_append({.qkv = qkv,
                        .num_heads = spec_.num_heads,
                        .q_norm = tensors_.q_norm.per_head(),
                        .k_norm = tensors_.k_norm.per_head(),
                        .norm_eps = tensors_.q_norm.eps(),
                        .norm_last = spec_.norm_after_rope,
                        .clip = spec_.clip,
                        .query_scaling = spec_.query_scaling,
                        .layout = spec_.rope_layout,
                        .cos = angles.cos,
                        .sin = angles.sin,
                        .kv = kv,
                        .sequences = cache.sequences});
  backend_.attention({.q = qkv.columns(0, query_cols(spec_)),
                      .num_heads = spec_.num_heads,
                      .scale = spec_.scale,
                      .softcap = spec_.softcap,
                      .window = spec_.window,
                      .is_chunked = spec_.is_chunked,
                      .causal = spec_.causal,
                      .sinks = tensors_.sinks.view(),
                      .alibi_slopes = tensors_.alibi_slopes.view(),
                      .kv = kv,
                      .sequences = cache.sequences,
                      .out = mixed});
  tensors_.mixed_scale.forward(mixed);
  tensors_.add.forward(tensors_.output, mixed, tensors_.sub_norm.prologue(), scratch, step.out);
}

/// From tensors for q, k and v, or from one with the rows of all.
Result<Linear> load_qkv(const AttentionSpec& spec, const LayerLoader& layer) {
  std::vector<NamedRows> parts{{layer.name("attn_q"), query_cols(spec)},
                               {layer.name("attn_k"), key_cols(spec)},
                               {layer.name("attn_v"), value_cols(spec)}};
  if (layer.tensors().has(layer.name("attn_qkv.weight"))) parts = {{layer.name("attn_qkv"), qkv_cols(spec)}};
  return layer.tensors().linear(parts, layer.hidden_size(), spec.qkv_bias);
}

}  // namespace

CacheSpec cache_spec(const AttentionSpec& spec) {
  return {.kind = spec.window > 0 ? CacheSpec::Kind::kSlidingWindow : CacheSpec::Kind::kFull,
          .window = spec.window,
          .num_kv_heads = spec.num_kv_heads,
          .key_dim = spec.key_dim,
          .value_dim = spec.value_dim,
          .layers = {}};
}

Result<std::unique_ptr<Mixer>> load_mixer(const AttentionSpec& spec, const BlockNorms& norms,
                                          const LayerLoader& layer) {
  const NamedRows output{layer.name("attn_output"), layer.hidden_size()};
  const ColumnScale::Run qkv_scale[] = {{query_cols(spec), spec.qkv_scale.q},
                                        {key_cols(spec), spec.qkv_scale.k},
                                        {value_cols(spec), spec.qkv_scale.v}};
  const ColumnScale::Run mixed_scale{output_cols(spec), spec.out_scale};
  Attention::Tensors tensors{
      .norm = TRY(layer.norm(norms.before)),
      .qkv = TRY(load_qkv(spec, layer)),
      .qkv_scale = TRY(ColumnScale::make(layer.backend(), qkv_scale)),
      .q_norm = TRY(HeadsNorm::load(spec.qk_norm, "attn_q_norm", spec.num_heads, spec.key_dim, layer)),
      .k_norm = TRY(HeadsNorm::load(spec.qk_norm, "attn_k_norm", spec.num_kv_heads, spec.key_dim, layer)),
      .sinks = spec.sinks ? TRY(layer.tensors().vector(layer.name("attn_sinks.weight"), {spec.num_heads}))
                          : Vector(),
      .alibi_slopes =
          spec.alibi_bias_max > 0
              ? TRY(upload_vector(layer.backend(), alibi_slopes(spec.num_heads, spec.alibi_bias_max)))
              : Vector(),
      .mixed_scale = TRY(ColumnScale::make(layer.backend(), {&mixed_scale, 1})),
      .sub_norm = spec.sub_norm ? TRY(layer.rms_norm("attn_sub_norm", {output_cols(spec)})) : Norm(),
      .output = TRY(layer.tensors().linear({&output, 1}, output_cols(spec), spec.output_bias)),
      .add = TRY(layer.residual_add(norms))};
  std::optional<size_t> rope;
  if (spec.rope.rotary_dim > 0) rope = TRY(layer.ropes().add(spec.rope));
  return std::make_unique<Attention>(layer.backend(), spec, rope, std::move(tensors));
}

}  // namespace hearth
