#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/threads.h"
#include "engine/schedule/scheduler.h"
#include "models/causal_model.h"

namespace hearth {

/// Takes what requests want of their prompts' rows out of a batch that has just run: the tokens'
/// log-probabilities, the pooled hidden states, the scores. Works in pieces, so that a long prompt with a
/// large vocabulary takes no more memory than a short one. A row that was read before is not read again, so a
/// prompt may be computed twice. Not thread-safe.
class PromptReader {
 public:
  /// `pool` may be null; `unnamed` tokens are not listed among the highest. `score_tokens`: see
  /// EngineOptions.
  PromptReader(CausalModel& model, ThreadPool* pool, std::vector<TokenId> unnamed,
               std::vector<TokenId> score_tokens = {})
      : model_(model), pool_(pool), unnamed_(std::move(unnamed)), score_tokens_(std::move(score_tokens)) {}

  /// Scores of a text; 0: there are none to be had.
  size_t num_scores() const;

  /// The chunk's rows began at `first_row` of the batch; its sequence does not count them as computed yet.
  /// Error: kNotFinite naming the position where what was computed is no number, also of a request that wants
  /// nothing but its prompt computed.
  Status read(const ScheduledChunk& chunk, size_t first_row);

 private:
  Status read_logprobs(Sequence& sequence, size_t end, size_t row_of_zero);
  Status read_hidden(Sequence& sequence, size_t end, size_t row_of_zero);
  Status read_scores(Sequence& sequence, size_t end, size_t row_of_zero);
  Status check_row(size_t row, size_t position);

  CausalModel& model_;
  ThreadPool* pool_;
  std::vector<TokenId> unnamed_;
  std::vector<TokenId> score_tokens_;
  std::vector<float> values_;
  std::vector<int32_t> rows_;
};

}  // namespace hearth
