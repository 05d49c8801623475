#include "models/blocks/head.h"

#include <algorithm>
#include <cmath>

#include "models/blocks/scratch.h"

namespace hearth {

namespace {

/// Logits of more rows than fit here are computed in several steps.
constexpr int64_t kLogitsBytes = 8 << 20;

}  // namespace

Result<Head> Head::load(TensorLoader& tensors, Backend& backend, const ModelConfig& config,
                        std::shared_ptr<const Weight> tied, int64_t max_rows) {
  Head head;
  head.backend_ = &backend;
  head.norm_ = TRY(tensors.residual_norm("output_norm", config));
  if (tied != nullptr) {
    head.linear_ = Linear(backend, std::move(tied));
  } else {
    const NamedRows output{"output", config.vocab_size};
    head.linear_ = TRY(tensors.linear({&output, 1}, config.hidden_size, config.lm_head_bias));
  }
  if (config.num_labels > 0) {
    const NamedRows labels{"cls.output", config.num_labels};
    head.labels_ = TRY(tensors.linear({&labels, 1}, config.hidden_size, tensors.has("cls.output.bias")));
    head.scores_ = TRY(allocate_rows(backend, 1, config.num_labels));
  }
  head.vocab_size_ = config.vocab_size;
  head.scale_ = config.logit_scale;
  head.softcap_ = config.final_logit_softcapping;
  head.logits_rows_ = std::clamp(kLogitsBytes / (head.vocab_size_ * 4), int64_t{1}, max_rows);
  head.logits_ = TRY(allocate_rows(backend, head.logits_rows_, head.vocab_size_));
  return head;
}

/// The product for the rows from `first` on, as many as fit.
Matrix Head::compute(const Matrix& residual, const VectorView& rows, int64_t first) const {
  const int64_t count = std::min(logits_rows_, rows.size - first);
  const Matrix out{logits_.address(), count, vocab_size_, vocab_size_};
  if (count > 0) linear_.forward(residual, norm_.prologue(), out, rows.part(first, count));
  return out;
}

void Head::start(const Matrix& residual, const VectorView& rows) const { compute(residual, rows, 0); }

void Head::finish(const Matrix& residual, const VectorView& rows, std::span<float> out) const {
  const auto vocab = size_t(vocab_size_);
  CHECK(out.size() == size_t(rows.size) * vocab);
  Matrix piece{logits_.address(), std::min(logits_rows_, rows.size), vocab_size_, vocab_size_};
  for (int64_t first = 0; first < rows.size; first += piece.rows) {
    if (first > 0) piece = compute(residual, rows, first);
    const std::span<float> host = out.subspan(size_t(first) * vocab, size_t(piece.rows) * vocab);
    backend_->download(piece.data, host);
    const float scale = scale_, cap = softcap_;
    if (scale != 1.0f) std::ranges::transform(host, host.begin(), [&](float x) { return scale * x; });
    if (cap > 0)
      std::ranges::transform(host, host.begin(), [&](float x) { return cap * std::tanh(x / cap); });
  }
}

void Head::score(const Matrix& row, std::span<float> out) const {
  const auto num_labels = int64_t(out.size());
  const Matrix scores{scores_.address(), 1, num_labels, num_labels};
  labels_.forward(row, norm_.prologue(), scores);
  backend_->download(scores.data, out);
}

void Head::normalize(const Matrix& in, const Matrix& out) const {
  backend_->norm({.in = in, .norm = norm_.operands(), .out = out});
}

}  // namespace hearth
