#include "models/blocks/qk_norm.h"

#include <vector>

namespace hearth {

Result<HeadsNorm> HeadsNorm::load(QkNorm kind, std::string_view part, int num_heads, int head_dim,
                                  const LayerLoader& layer) {
  HeadsNorm norm;
  norm.kind_ = kind;
  const int64_t all = int64_t(num_heads) * head_dim;
  norm.width_ = kind == QkNorm::kAllHeads ? all : head_dim;
  switch (kind) {
    case QkNorm::kNone:
      break;
    case QkNorm::kPerHead:
    case QkNorm::kAllHeads:
      norm.norm_ = TRY(layer.rms_norm(part, {norm.width_}));
      break;
    case QkNorm::kHeadsApart:
      norm.norm_ = TRY(layer.layer_norm_of_heads(part, num_heads, head_dim));
      break;
    case QkNorm::kUnit: {
      const std::vector<float> ones(size_t(head_dim), 1.0f);
      norm.norm_ = Norm(NormKind::kRms, layer.norm_eps(), TRY(upload_vector(layer.backend(), ones)));
      break;
    }
  }
  return norm;
}

void HeadsNorm::forward(Backend& backend, const Matrix& heads) const {
  if (kind_ == QkNorm::kNone || is_per_head()) return;
  for (int64_t first = 0; first < heads.cols; first += width_) {
    const Matrix part = heads.columns(first, width_);
    NormPrologue norm = norm_.operands();
    norm.weight = norm.weight.part(first, width_);
    backend.norm({.in = part, .norm = norm, .out = part});
  }
}

}  // namespace hearth
