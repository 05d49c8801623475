#include "engine/schedule/prompt_reader.h"

#include <algorithm>
#include <utility>

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
  if (sequence.task == Task::kScore) TRY(read_scores(sequence, end, row_of_zero));
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
  sequence.hidden_sum.resize(size);
  const PooledRows wanted = pooled_rows(sequence.vector.pooling, sequence.num_prompt_tokens);
  size_t first = std::max(sequence.num_pooled, wanted.first);
  const size_t last = std::min(end, wanted.end);
  while (first < last) {
    const size_t count = std::min(last - first, piece_rows(size));
    values_.resize(count * size);
    model_.read_hidden(int32_t(row_of_zero + first), int32_t(count), values_);
    for (size_t i = 0; i < count; ++i) {
      const auto row = std::span(values_).subspan(i * size, size);
      TRY(check_values(row, "value", first + i));
      add_row(row, sequence.hidden_sum);
    }
    sequence.num_added += count;
    first += count;
  }
  sequence.num_pooled = std::max(sequence.num_pooled, end);
  return {};
}

size_t PromptReader::num_scores() const {
  return model_.num_labels() > 0 ? size_t(model_.num_labels()) : score_tokens_.size();
}

Status PromptReader::read_scores(Sequence& sequence, size_t end, size_t row_of_zero) {
  if (end < sequence.num_prompt_tokens || !sequence.scores.empty()) return {};
  const size_t row = row_of_zero + end - 1;
  std::vector<float> scores(num_scores());
  if (model_.num_labels() > 0) {
    model_.read_scores(int32_t(row), scores);
  } else {
    rows_.assign(1, int32_t(row));
    values_.resize(size_t(model_.config().vocab_size));
    model_.read_logits(rows_, values_);
    for (size_t i = 0; i < scores.size(); ++i) scores[i] = values_[size_t(score_tokens_[i])];
  }
  TRY(check_values(scores, "score", end - 1));
  sequence.scores = std::move(scores);
  return {};
}

}  // namespace hearth
