#include "engine/encode/encoder_engine.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"
#include "base/grow.h"
#include "engine/sample/logit_math.h"
#include "engine/schedule/request_check.h"

namespace hearth {

EncoderEngine::EncoderEngine(EncoderModel& model, EncoderEngineOptions options)
    : model_(model), options_(std::move(options)) {
  CHECK(options_.clock && options_.context > 0 && options_.max_running > 0);
  CHECK(options_.context <= size_t(model.max_batch_tokens()));
}

Status EncoderEngine::check(const GenerateRequest& request) const {
  return check_request(request, {.vocab_size = vocab_size(),
                                 .context = options_.context,
                                 .generates = false,
                                 .scores = model_.num_labels() > 0,
                                 .num_token_types = size_t(model_.num_token_types())});
}

Result<RequestId> EncoderEngine::submit(GenerateRequest request) {
  TRY(check(request));
  auto text = std::make_unique<EncoderText>();
  text->task = request.task;
  text->vector = request.vector;
  text->types = std::move(request.token_types);
  text->priority = request.priority;
  text->tenant = std::move(request.tenant);
  text->on_event = std::move(request.on_event);
  text->tokens = std::move(request.prompt).take_tokens();
  text->submitted = options_.clock();
  const std::scoped_lock lock(inbox_mutex_);
  if (options_.max_waiting > 0 && num_open_ >= options_.max_running + options_.max_waiting) {
    ++num_refused_;
    return fail_hint(ErrorCode::kOverloaded, "try again later", "{} requests are running and waiting already",
                     num_open_);
  }
  text->id = ++last_id_;
  submitted_.push_back(std::move(text));
  ++num_open_;
  return last_id_;
}

void EncoderEngine::cancel(RequestId id) {
  const std::scoped_lock lock(inbox_mutex_);
  cancelled_.push_back(id);
}

void EncoderEngine::take_inbox() {
  Texts submitted;
  std::vector<RequestId> cancelled;
  {
    const std::scoped_lock lock(inbox_mutex_);
    submitted.swap(submitted_);
    cancelled.swap(cancelled_);
  }
  for (std::unique_ptr<EncoderText>& text : submitted) queue_.add(std::move(text));
  for (const RequestId id : cancelled) {
    const std::unique_ptr<EncoderText> text = queue_.remove(id);
    if (text != nullptr) finish(*text, {.reason = FinishReason::kCancelled});
  }
}

bool EncoderEngine::step() {
  take_inbox();
  const size_t most_texts = std::min(options_.max_running, size_t(model_.max_batch_sequences()));
  const Texts texts = queue_.take_batch(size_t(model_.max_batch_tokens()), most_texts);
  if (texts.empty()) {
    publish_stats();
    return false;
  }
  const auto begin = options_.clock();
  run_model(texts);
  std::vector<Outcome> outcomes = read_outcomes(texts);
  const auto end = options_.clock();
  count_step(texts);
  for (size_t i = 0; i < texts.size(); ++i) {
    const EncoderText& text = *texts[i];
    GenerateResult result;
    result.usage.num_prompt_tokens = text.tokens.size();
    result.timings = {.queued = begin - text.submitted, .prompt = end - begin, .generate = {}};
    result.embedding = std::move(outcomes[i].vector);
    result.scores = std::move(outcomes[i].scores);
    if (outcomes[i].error) result.reason = FinishReason::kError;
    result.error = std::move(outcomes[i].error);
    finish(text, result);
  }
  publish_stats();
  return true;
}

void EncoderEngine::run_model(const Texts& texts) {
  token_ids_.clear();
  token_types_.clear();
  sequences_.clear();
  for (const std::unique_ptr<EncoderText>& text : texts) {
    sequences_.push_back({.first_row = int32_t(token_ids_.size()), .num_rows = int32_t(text->tokens.size())});
    token_ids_.insert(token_ids_.end(), text->tokens.begin(), text->tokens.end());
    token_types_.insert(token_types_.end(), text->types.begin(), text->types.end());
    token_types_.resize(token_ids_.size());
  }
  model_.submit({.token_ids = token_ids_, .token_types = token_types_, .sequences = sequences_});
  const size_t num_floats = token_ids_.size() * size_t(model_.config().hidden_size);
  grow(hidden_, num_floats);
  model_.collect(std::span(hidden_).first(num_floats));
}

/// The sum of the rows that a text's vector is made of, each as it is where there is one.
Status EncoderEngine::pool_rows(const EncoderText& text, size_t first_row, std::span<float> pooled) {
  const size_t size = pooled.size();
  const PooledRows rows = pooled_rows(text.vector.pooling, text.tokens.size());
  sum_.assign(size, 0.0);
  for (size_t i = rows.first; i < rows.end; ++i) {
    const auto row = std::span(hidden_).subspan((first_row + i) * size, size);
    TRY(check_values(row, "value", i));
    add_row(row, sum_);
  }
  const double count = double(rows.end - rows.first);
  for (size_t i = 0; i < size; ++i) pooled[i] = float(sum_[i] / count);
  return {};
}

std::vector<EncoderEngine::Outcome> EncoderEngine::read_outcomes(const Texts& texts) {
  const size_t hidden_size = size_t(model_.config().hidden_size);
  const size_t embedding_size = size_t(model_.embedding_size()), num_labels = size_t(model_.num_labels());
  std::vector<Outcome> outcomes(texts.size());
  pooled_.assign(texts.size() * hidden_size, 0.0f);
  bool embeds = false, scores = false;
  for (size_t i = 0; i < texts.size(); ++i) {
    (texts[i]->task == Task::kEmbed ? embeds : scores) = true;
    if (texts[i]->task != Task::kEmbed) continue;
    const auto pooled = std::span(pooled_).subspan(i * hidden_size, hidden_size);
    const Status read = pool_rows(*texts[i], size_t(sequences_[i].first_row), pooled);
    if (!read) outcomes[i].error = read.error();
  }
  embeddings_.resize(texts.size() * embedding_size);
  if (embeds) model_.project(pooled_, embeddings_);
  scores_.resize(texts.size() * num_labels);
  if (scores) model_.read_scores(scores_);
  for (size_t i = 0; i < texts.size(); ++i) {
    if (outcomes[i].error) continue;
    if (texts[i]->task == Task::kEmbed) {
      const auto row = std::span(embeddings_).subspan(i * embedding_size, embedding_size);
      sum_.assign(row.begin(), row.end());
      outcomes[i].vector = finished_vector(sum_, 1, texts[i]->vector);
      continue;
    }
    const auto row = std::span(scores_).subspan(i * num_labels, num_labels);
    const Status read = check_values(row, "score", texts[i]->tokens.size() - 1);
    if (!read) outcomes[i].error = read.error();
    if (read) outcomes[i].scores.assign(row.begin(), row.end());
  }
  return outcomes;
}

void EncoderEngine::finish(const EncoderText& text, const GenerateResult& result) {
  ++counts_.num_finished;
  {
    const std::scoped_lock lock(inbox_mutex_);
    --num_open_;
  }
  if (text.on_event) text.on_event({.id = text.id, .result = &result});
}

void EncoderEngine::count_step(const Texts& texts) {
  ++counts_.num_steps;
  counts_.num_step_sequences += texts.size();
  counts_.num_computed_tokens += token_ids_.size();
  counts_.num_prompt_tokens += token_ids_.size();
  const size_t bucket = size_t(std::bit_width(texts.size() - 1));
  ++counts_.batch_sizes[std::min(bucket, EngineStats::kBatchBuckets - 1)];
}

void EncoderEngine::publish_stats() {
  counts_.num_waiting = queue_.size();
  const std::scoped_lock lock(inbox_mutex_);
  stats_ = counts_;
}

EngineStats EncoderEngine::stats() const {
  const std::scoped_lock lock(inbox_mutex_);
  EngineStats stats = stats_;
  stats.num_waiting += submitted_.size();
  stats.num_submitted = last_id_;
  stats.num_refused = num_refused_;
  return stats;
}

}  // namespace hearth
