#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "models/blocks/residual_add.h"
#include "models/blocks/rope_tables.h"
#include "models/blocks/tensor_loader.h"

namespace hearth {

/// The norms around a block, by the names of their tensors within the layer; empty: none.
struct BlockNorms {
  std::string_view before;
  std::string_view after = {};   ///< of what the block gives
  std::string_view joined = {};  ///< of the residual that this was added to
};

/// What the blocks of one layer are loaded from. What it refers to outlives it.
class LayerLoader {
 public:
  LayerLoader(TensorLoader& tensors, Backend& backend, RopeTables& ropes, const ModelConfig& config,
              size_t index)
      : tensors_(tensors),
        backend_(backend),
        ropes_(ropes),
        config_(config),
        prefix_(fmt::format("blk.{}.", index)) {}

  TensorLoader& tensors() const { return tensors_; }
  Backend& backend() const { return backend_; }
  RopeTables& ropes() const { return ropes_; }
  int64_t hidden_size() const { return config_.hidden_size; }
  const std::string& architecture() const { return config_.architecture; }
  float norm_eps() const { return config_.norm_eps; }

  /// The full name of a tensor of the layer.
  std::string name(std::string_view part) const { return prefix_ + std::string(part); }

  /// Of the residual, of the model's kind; none without a name.
  Result<Norm> norm(std::string_view part) const {
    return part.empty() ? Norm() : TRY(tensors_.residual_norm(name(part), config_));
  }
  Result<Norm> rms_norm(std::string_view part, const Shape& shape) const {
    return tensors_.rms_norm(name(part), shape, config_.norm_eps);
  }
  /// By mean and variance, without a bias; of each head another weight.
  Result<Norm> layer_norm_of_heads(std::string_view part, int num_heads, int head_dim) const {
    return Norm(NormKind::kLayer, config_.norm_eps,
                TRY(tensors_.stacked_rows(name(part), num_heads, head_dim)));
  }
  Result<ResidualAdd> residual_add(const BlockNorms& norms) const {
    Norm after;
    if (!norms.after.empty()) after = TRY(tensors_.branch_norm(name(norms.after), config_));
    return ResidualAdd(backend_, hidden_size(), std::move(after), TRY(norm(norms.joined)));
  }

 private:
  TensorLoader& tensors_;
  Backend& backend_;
  RopeTables& ropes_;
  const ModelConfig& config_;
  const std::string prefix_;
};

}  // namespace hearth
