#include "formats/huggingface/tensors/canonical_tensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include "base/printable.h"
#include "formats/huggingface/tensors/expert_stacks.h"
#include "formats/huggingface/tensors/scaled_codes.h"
#include "formats/huggingface/tensors/tensor_names.h"
#include "quant/format.h"

namespace hearth {

namespace {

constexpr Bounds<int> kHeads{1, 4096};
constexpr std::string_view kFusedQkv = ".attn_qkv.";

class Canonicalizer {
 public:
  Canonicalizer(std::span<const NamedTensor> all, const ConfigKeys& config,
                const CheckpointConventions& conventions, const WeightQuantization& quantization)
      : all_(all),
        config_(config),
        conventions_(conventions),
        scaled_codes_(all, quantization, result_.copies) {}

  /// `own_name`: what the text model by itself would call it.
  Status add(const NamedTensor& stored, std::string_view own_name) {
    if (!conventions_.prefix.empty() && own_name.starts_with(conventions_.prefix)) {
      own_name.remove_prefix(conventions_.prefix.size());
      has_prefix_ = true;
    }
    if (TRY(add_experts(stored, own_name))) return {};
    std::string name = gguf_tensor_name(own_name, conventions_);
    if (conventions_.qkv_rows != QkvRows::kAsInGguf && name.find(kFusedQkv) != name.npos)
      return add_qkv(stored, name);
    StoredTensor tensor(stored.view);
    if (scaled_codes_.has(stored)) tensor = TRY(scaled_codes_.weight(stored));
    if (const char* heads = conventions_.halves_to_pairs ? heads_of(name) : nullptr) {
      TRY(pair_rotary_rows(stored, heads, tensor));
    }
    if (is_transposed(name)) TRY(transpose(stored, tensor));
    if (conventions_.norm_offset != 0.0f && name.ends_with("norm.weight")) {
      const float offset = conventions_.norm_offset;
      TRY(compute(stored, tensor, [=](float weight) { return weight + offset; }));
    }
    TRY(shape_state_space(stored, name, tensor));
    if (conventions_.padded_positions && name == "position_embd.weight")
      TRY(drop_padding_positions(stored, tensor));
    push(std::move(name), stored, std::move(tensor));
    return {};
  }

  Result<CanonicalTensors> take() {
    const std::string_view prefix = has_prefix_ ? conventions_.prefix : std::string_view();
    result_.set =
        TRY(TensorSet::create(std::move(tensors_), [own = conventions_, prefix](std::string_view name) {
          return std::string(prefix) + checkpoint_tensor_name(name, own);
        }));
    return std::move(result_);
  }

 private:
  void push(std::string name, const NamedTensor& stored, StoredTensor tensor) {
    tensors_.push_back({result_.names.emplace_back(std::move(name)), stored.name, std::move(tensor)});
  }

  Result<bool> add_experts(const NamedTensor& stored, std::string_view own_name) {
    const std::optional<LayerTensorName> in_layer = split_layer_name(own_name, conventions_.layers);
    if (!in_layer) return false;
    ExpertParts experts =
        TRY(split_expert_stack(stored, in_layer->part, conventions_.stacks, all_, result_.copies));
    for (ExpertPart& part : experts.parts) {
      push(fmt::format("blk.{}.{}", in_layer->layer, part.name), stored, std::move(part.tensor));
    }
    return experts.is_stack;
  }

  /// The key that says how many heads a tensor's rows are of; null where they are of none.
  static const char* heads_of(std::string_view name) {
    if (name.ends_with(".attn_q.weight") || name.ends_with(".attn_q.bias")) return "num_attention_heads";
    if (!name.ends_with(".attn_k.weight") && !name.ends_with(".attn_k.bias")) return nullptr;
    return "num_key_value_heads";
  }

  /// Brings the two dimensions of each rotary pair of a head side by side.
  Status pair_rotary_rows(const NamedTensor& stored, const char* heads_key, StoredTensor& tensor) {
    const int all_heads = TRY(config_.integer("num_attention_heads", kHeads));
    const int heads = TRY(config_.integer_or(heads_key, kHeads, all_heads));
    const int64_t rows = rows_of(stored.view);
    if (rows <= 0 || rows % (2 * int64_t(heads)) != 0) {
      return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                       "tensor {} has {} rows, which do not make rotary pairs of {} heads ({})",
                       hearth::quoted(stored.name), rows, heads, config_.full(heads_key));
    }
    reorder({.a = 2, .b = rows / heads / 2}, rows, stored.view, tensor);
    return {};
  }

  /// The rows of q, k and v in a tensor of all.
  struct QkvShape {
    int head_dim, num_heads, num_kv_heads;
    int64_t rows() const { return int64_t(head_dim) * (num_heads + 2 * int64_t(num_kv_heads)); }
  };

  /// Keys of a config do not always say how many heads k and v have; the tensor does.
  Result<QkvShape> qkv_shape(const NamedTensor& stored) {
    constexpr Bounds<int> kHidden{1, 1 << 18}, kHeadDim{1, 1024};
    QkvShape shape{};
    shape.num_heads = TRY(config_.integer("num_attention_heads", kHeads));
    const int hidden = TRY(config_.integer("hidden_size", kHidden));
    shape.head_dim = TRY(config_.integer_or("head_dim", kHeadDim, std::max(hidden / shape.num_heads, 1)));
    const int64_t rows = rows_of(stored.view), heads = rows / shape.head_dim;
    shape.num_kv_heads = int(std::clamp<int64_t>((heads - shape.num_heads) / 2, 1, shape.num_heads));
    if (shape.rows() == rows && shape.num_heads % shape.num_kv_heads == 0) return shape;
    return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                     "tensor {} has {} rows, which are not q, k and v of {} heads of {} ({})",
                     hearth::quoted(stored.name), rows, shape.num_heads, shape.head_dim,
                     config_.full("num_attention_heads"));
  }

  /// q, k and v by themselves. `name`: of all three.
  Status add_qkv(const NamedTensor& stored, const std::string& name) {
    const QkvShape shape = TRY(qkv_shape(stored));
    const int groups = conventions_.qkv_rows == QkvRows::kByGroup ? shape.num_kv_heads : 1;
    int64_t first = 0;
    for (const char part : {'q', 'k', 'v'}) {
      const int64_t rows = int64_t(shape.head_dim) * (part == 'q' ? shape.num_heads : shape.num_kv_heads);
      RowOrder order{.first = first};
      if (groups > 1) order = {.first = first, .taken = rows / groups, .pitch = shape.rows() / groups};
      if (conventions_.halves_to_pairs && part != 'v') {
        order.a = 2;
        order.b = std::max(shape.head_dim / 2, 1);
      }
      first += rows / groups;
      StoredTensor tensor(stored.view);
      reorder(order, rows, stored.view, tensor);
      std::string part_name = name;
      part_name.replace(name.find(kFusedQkv), kFusedQkv.size(), fmt::format(".attn_{}.", part));
      push(std::move(part_name), stored, std::move(tensor));
    }
    return {};
  }

  bool is_transposed(std::string_view name) const {
    return std::ranges::any_of(conventions_.transposed, [&](std::string_view stem) {
      return name.ends_with(fmt::format(".{}.weight", stem));
    });
  }

  Status transpose(const NamedTensor& stored, StoredTensor& tensor) {
    const Shape& shape = stored.view.shape;
    if (shape.rank() != 2 || shape[0] < 1 || shape[1] < 1 || dtype_info(stored.view.dtype).block_size != 1) {
      return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "tensor {} is no matrix of plain numbers",
                       hearth::quoted(stored.name));
    }
    tensor.layout = WeightLayout::kColumns;
    tensor.shape = {shape[1], shape[0]};
    return {};
  }

  /// Of a matrix or a vector; 0 where it is neither or has too many.
  static int64_t rows_of(const TensorView& view) {
    const bool is_either = view.shape.rank() == 1 || view.shape.rank() == 2;
    return is_either && view.shape[0] <= INT32_MAX ? view.shape[0] : 0;
  }

  /// `rows` rows of a matrix, or values of a vector, in another order.
  void reorder(const RowOrder& order, int64_t rows, TensorView view, StoredTensor& tensor) {
    if (view.shape.rank() == 2) {
      tensor.shape = {rows, view.shape[1]};
      tensor.row_order = order;
      return;
    }
    const size_t value_bytes = view.data.size() / size_t(view.shape[0]);
    std::vector<std::byte>& copy = result_.copies.emplace_back(size_t(rows) * value_bytes);
    for (int64_t row = 0; row < rows; ++row) {
      std::memcpy(copy.data() + size_t(row) * value_bytes,
                  view.data.data() + size_t(order.stored_row(row)) * value_bytes, value_bytes);
    }
    view.shape = {rows};
    view.data = copy;
    view.file = nullptr;
    tensor = view;
  }

  /// Of the values of a vector, in f32, as converters to GGUF compute them.
  template <typename Fn>
  Status compute(const NamedTensor& stored, StoredTensor& tensor, Fn&& fn) {
    const TensorView& view = stored.view;
    if (view.shape.rank() != 1 || !is_decodable(view.dtype)) {
      return fail_hint(ErrorCode::kCorruptData, kDamagedFile, "tensor {} is no vector of numbers",
                       hearth::quoted(stored.name));
    }
    std::vector<float> values(size_t(view.shape.size()));
    decode_blocks(view.dtype, view.data.data(), view.shape.size(), values.data());
    for (float& value : values) value = fn(value);
    std::vector<std::byte>& copy = result_.copies.emplace_back(values.size() * sizeof(float));
    std::memcpy(copy.data(), values.data(), copy.size());
    tensor = TensorView{.dtype = DType::kF32, .shape = view.shape, .data = copy};
    return {};
  }

  /// State spaces: GGUF has what belongs to a head as a row, what belongs to a group of heads likewise, the
  /// rate of decay itself in place of its logarithm, and no dimension of one.
  Status shape_state_space(const NamedTensor& stored, std::string_view name, StoredTensor& tensor) {
    Shape& shape = tensor.shape;
    if (stored.name.ends_with(".A_log"))
      TRY(compute(stored, tensor, [](float log) { return float(-std::exp(double(log))); }));
    if ((name.ends_with(".ssm_a") || name.ends_with(".ssm_d")) && shape.rank() == 1) shape = {shape[0], 1};
    if (name.ends_with(".ssm_conv1d.weight") && shape.rank() == 3 && shape[1] == 1)
      shape = {shape[0], shape[2]};
    if (name.ends_with(".ssm_norm.weight") && shape.rank() == 1) {
      const int64_t groups = TRY(config_.integer_or("n_groups", kHeads, 1));
      if (shape[0] % groups == 0) shape = {groups, shape[0] / groups};
    }
    return {};
  }

  /// GGUF has no rows for positions up to that of padding, which no token is at.
  Status drop_padding_positions(const NamedTensor& stored, StoredTensor& tensor) {
    constexpr Bounds<int> kIds{0, (1 << 23) - 1};
    const int dropped = TRY(config_.integer("pad_token_id", kIds)) + 1;
    if (tensor.shape.rank() != 2 || tensor.shape.rows() <= dropped) {
      return fail_hint(ErrorCode::kCorruptData, kDamagedFile,
                       "tensor {} has no rows behind those of padding ({})", hearth::quoted(stored.name),
                       config_.full("pad_token_id"));
    }
    tensor.shape = {tensor.shape.rows() - dropped, tensor.shape.cols()};
    tensor.row_order.first += dropped;
    return {};
  }

  std::span<const NamedTensor> all_;
  const ConfigKeys& config_;
  const CheckpointConventions& conventions_;
  bool has_prefix_ = false;
  CanonicalTensors result_;
  ScaledCodes scaled_codes_;
  std::vector<ModelTensor> tensors_;
};

/// Behind the layers of the model a checkpoint may have some that predict further tokens, as DeepSeek V3's.
Result<int> num_layers_run(const ConfigKeys& config) {
  constexpr Bounds<int> kLayers{1, 4096};
  const int further = TRY(config.integer_or("num_nextn_predict_layers", {0, kLayers.highest}, 0));
  if (further == 0) return std::numeric_limits<int>::max();
  return TRY(config.integer("num_hidden_layers", kLayers));
}

}  // namespace

Result<CanonicalTensors> canonical_tensors(std::span<const NamedTensor> stored, const ConfigKeys& config,
                                           const CheckpointConventions& conventions,
                                           const WeightQuantization& quantization, bool is_part) {
  Canonicalizer canonicalizer(stored, config, conventions, quantization);
  const bool tied = TRY(config.flag_or("tie_word_embeddings", false));
  const int layers = TRY(num_layers_run(config));
  for (const NamedTensor& tensor : stored) {
    const std::optional<std::string> name =
        is_part ? text_tensor_name(tensor.name) : std::optional(std::string(tensor.name));
    // A head that is tied is the embedding, whatever a file holds beside it.
    if (quantization.has_scaled_codes && is_scale_name(tensor.name)) continue;
    if (!name || is_derived_tensor(*name) || (tied && *name == "lm_head.weight")) continue;
    if (layer_of_tensor(*name, conventions).value_or(0) >= layers) continue;
    if (std::ranges::any_of(conventions.left_out, [&](auto begin) { return name->starts_with(begin); }))
      continue;
    TRY(canonicalizer.add(tensor, *name));
  }
  return canonicalizer.take();
}

}  // namespace hearth
