#include "engine/schedule/prompt_reader.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "engine/sample/logit_math.h"
#include "engine/sample/logprobs.h"

namespace hearth {
namespace {

constexpr size_t kPieceFloats = size_t(2) << 20;

size_t piece_rows(size_t row_floats) { return std::max<size_t>(1, kPieceFloats / row_floats); }

}  // namespace

Status PromptReader::read(const ScheduledChunk& chunk, size_t first_row) {
  Sequence& sequence = *chunk.sequence;
  const size_t begin = sequence.num_computed;
  const size_t end = std::min(begin + chunk.num_tokens, sequence.num_prompt_tokens);
  // Unsigned wrap-around is meant: only row_of_zero + position is used, for positions of the chunk.
  const size_t row_of_zero = first_row - begin;
  if (sequence.wants_prompt_logprobs()) TRY(read_logprobs(sequence, end, row_of_zero));
  if (sequence.task == Task::kEmbed) TRY(read_hidden(sequence, end, row_of_zero));
  const bool is_looked_at = sequence.task != Task::kGenerate || sequence.generates();
  if (!is_looked_at && begin < end && end == sequence.num_prompt_tokens) {
    return check_row(row_of_zero + end - 1, end - 1);
  }
  return {};
}

Status PromptReader::check_row(size_t row, size_t position) {
  rows_.assign(1, int32_t(row));
  values_.resize(size_t(model_.config().vocab_size));
  model_.read_logits(rows_, values_);
  return check_logits(values_, position);
}

Status PromptReader::read_logprobs(Sequence& sequence, size_t end, size_t row_of_zero) {
  std::vector<SampledToken>& tokens = sequence.prompt_logprobs;
  if (tokens.empty()) tokens.push_back({.id = sequence.tokens[0]});
  const size_t vocab_size = size_t(model_.config().vocab_size);
  // The row at position p is about the token at p + 1.
  const size_t last = std::min(end, sequence.num_prompt_tokens - 1);
  while (tokens.size() - 1 < last) {
    const size_t first = tokens.size() - 1;
    const size_t count = std::min(last - first, piece_rows(vocab_size));
    rows_.clear();
    for (size_t i = 0; i < count; ++i) rows_.push_back(int32_t(row_of_zero + first + i));
    values_.resize(count * vocab_size);
    model_.read_logits(rows_, values_);
    for (size_t i = 0; i < count; ++i) {
      TRY(check_logits(std::span(values_).subspan(i * vocab_size, vocab_size), first + i));
    }
    tokens.resize(tokens.size() + count);
    std::vector<Candidates> candidates(pool_ != nullptr ? size_t(pool_->size()) : 1);
    const auto report = [&](int64_t index, int thread) {
      const auto i = size_t(index);
      SampledToken& token = tokens[first + 1 + i];
      token.id = sequence.tokens[first + 1 + i];
      report_logprobs(std::span(values_).subspan(i * vocab_size, vocab_size), unnamed_,
                      sequence.num_prompt_logprobs, candidates[size_t(thread)], token);
    };
    if (pool_ != nullptr && count > 1) {
      pool_->for_each(int64_t(count), report);
    } else {
      for (size_t i = 0; i < count; ++i) report(int64_t(i), 0);
    }
  }
  return {};
}

Status PromptReader::read_hidden(Sequence& sequence, size_t end, size_t row_of_zero) {
  const size_t size = size_t(model_.config().hidden_size);
  std::vector<double>& sum = sequence.hidden_sum;
  sum.resize(size);
  size_t first = sequence.num_pooled;
  if (end <= first) return {};
  if (sequence.pooling == Pooling::kLast) {
    if (end < sequence.num_prompt_tokens) return {};
    first = end - 1;
  }
  while (first < end) {
    const size_t count = std::min(end - first, piece_rows(size));
    values_.resize(count * size);
    model_.read_hidden(int32_t(row_of_zero + first), int32_t(count), values_);
    for (size_t i = 0; i < count; ++i) {
      TRY(check_values(std::span(values_).subspan(i * size, size), "value", first + i));
    }
    for (size_t i = 0; i < values_.size(); ++i) sum[i % size] += double(values_[i]);
    first += count;
  }
  sequence.num_pooled = end;
  return {};
}

std::vector<float> normalized(const std::vector<double>& sum) {
  double squares = 0.0;
  for (double value : sum) squares += value * value;
  const double factor = squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
  std::vector<float> result;
  for (double value : sum) result.push_back(float(value * factor));
  return result;
}

}  // namespace hearth
