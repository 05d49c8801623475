#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cache/kv_ledger.h"
#include "engine/cache/prefix_text.h"
#include "engine/sample/constraint_set.h"
#include "engine/sample/stop_matcher.h"
#include "engine/schedule/request.h"
#include "text/tokenizer/stream_decoder.h"

namespace hearth {

/// The text of a completion as its tokens come: decoded, and cut before a stop string.
class OutputText {
 public:
  OutputText(const Tokenizer& tokenizer, bool render_special, std::vector<TokenId> spelt_tokens,
             std::vector<std::string> stops)
      : decoder_(tokenizer, {.render_special = render_special, .at_start = false}),
        spelt_tokens_(std::move(spelt_tokens)),
        matcher_(std::move(stops)) {}

  /// The text that is certain now. Text of tokens that may not stop is not looked at for stop strings.
  std::string push(TokenId id, bool may_stop) {
    std::string text = decoder_.push(id, std::ranges::binary_search(spelt_tokens_, id));
    return may_stop ? matcher_.push(text) : text;
  }
  /// The rest, once no more tokens come.
  std::string flush() {
    std::string text = matcher_.push(decoder_.flush());
    return text + matcher_.flush();
  }
  bool stopped() const { return matcher_.stopped(); }
  std::string_view stop() const { return matcher_.stop(); }

 private:
  StreamDecoder decoder_;
  std::vector<TokenId> spelt_tokens_;  ///< sorted
  StopMatcher matcher_;
};

/// What a step adds to a completion.
struct Progress {
  std::vector<SampledToken> tokens = {};
  size_t num_forced = 0;                    ///< of the tokens, set without a draw
  std::vector<OutputPart> parts = {};       ///< what became certain with them
  std::optional<FinishReason> reason = {};  ///< set where they ended it
  std::optional<Error> error = {};          ///< kError only
};

/// Where a sequence is in its life.
enum class SequenceStatus : uint8_t { kWaiting, kRunning, kFinished };

/// One stream of tokens on its way through the engine.
struct Sequence {
  Sequence(RequestId request_id, GenerateRequest request, const Tokenizer& tokenizer, Sampler drawn_by);

  RequestId id;
  SequenceStatus status = SequenceStatus::kWaiting;

  std::vector<ContentSpan> contents;  ///< of the prompt
  std::vector<TokenId> tokens;        ///< the prompt, then the completion
  size_t num_prompt_tokens;
  Task task;
  size_t min_tokens;
  int priority;
  std::string tenant;
  size_t num_computed = 0;       ///< leading tokens whose keys and values are in the cache
  size_t num_cached_tokens = 0;  ///< of the prompt, found in the cache
  size_t parts_at = 0;           ///< leading tokens, in whole blocks, that others had when it started
  std::string cache_salt, adapter;
  size_t max_length = 0;  ///< most tokens it may come to, prompt included
  BlockTables tables;
  int64_t rank = 0;             ///< the scheduler's: lower goes first
  int64_t last_step = 0;        ///< the scheduler's: when it last was computed
  bool admitted = false;        ///< has run, perhaps before it was preempted
  std::vector<TokenId> drafts;  ///< draft tokens behind the last one
  bool jumps = false;           ///< what constraints force is set without a draw
  size_t num_forced = 0;        ///< of the last tokens, those that were set so
  size_t num_all_forced = 0;    ///< of the completion
  Progress early;               ///< what was forced before the first draw, which tells it

  Sampler sampler;
  OutputText output;
  std::unique_ptr<OutputParser> parser;  ///< of what comes out there
  std::vector<std::unique_ptr<LogitsProcessor>> logits_processors;
  ConstraintSet constraints;
  std::vector<TokenId> end_ids;  ///< sorted: ids that end it
  EventSink on_event;

  VectorOptions vector;
  int num_prompt_logprobs;                    ///< see GenerateRequest::prompt_logprobs
  std::vector<SampledToken> prompt_logprobs;  ///< of the first tokens, as far as they were read
  bool prompt_logprobs_told = false;          ///< an event has had them
  std::vector<double> hidden_sum;             ///< kEmbed: over the first num_pooled tokens
  size_t num_pooled = 0;
  size_t num_added = 0;       ///< of those, the ones that count
  std::vector<float> scores;  ///< kScore

  std::chrono::nanoseconds submitted{}, last_token{};
  std::optional<std::chrono::nanoseconds> started;      ///< its first step
  std::optional<std::chrono::nanoseconds> first_token;  ///< or the end of a prompt that is computed alone

  size_t num_pending() const { return tokens.size() - num_computed; }
  /// Whether but the last drawn token and what was forced behind it is left to compute.
  bool decodes() const { return num_pending() <= 1 + num_forced; }
  size_t num_generated() const { return tokens.size() - num_prompt_tokens; }
  /// Whether tokens are drawn at all.
  bool generates() const { return max_length > num_prompt_tokens; }
  bool wants_prompt_logprobs() const { return num_prompt_logprobs >= 0; }
  /// They are all there, and no event has had them.
  bool has_prompt_logprobs_to_tell() const {
    return wants_prompt_logprobs() && !prompt_logprobs_told && prompt_logprobs.size() == num_prompt_tokens;
  }
  /// The first `count` tokens, as the prefix cache knows them.
  PrefixText prefix(size_t count) const {
    return PrefixText{tokens, contents, cache_salt, adapter}.first(count);
  }
  /// Leading tokens that need not be computed where their keys and values are known: those behind whose rows
  /// nothing is wanted.
  size_t num_reusable() const;
  PrefixText reusable() const { return prefix(num_reusable()); }
};

}  // namespace hearth
