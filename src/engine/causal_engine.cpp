#include "engine/causal_engine.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"
#include "base/entropy.h"
#include "engine/schedule/request_check.h"

namespace hearth {
namespace {

std::unique_ptr<ColdStore> open_cold_store(const EngineOptions& options, KvBlockMemory& memory) {
  if (!options.prefix_cache || options.spill.folder.empty() || options.spill.max_bytes == 0) return nullptr;
  Result<std::unique_ptr<ColdStore>> store = ColdStore::open(
      {.folder = options.spill.folder, .max_bytes = options.spill.max_bytes, .log = options.log}, memory);
  if (store) return std::move(*store);
  options.log(LogLevel::kWarning, store.error().message);
  return nullptr;
}

/// Whether nothing is lost where a token that has no alternative is not drawn.
bool may_jump(const GenerateRequest& request) {
  return request.jump_forward && !request.constraints.empty() && request.logits_processors.empty() &&
         request.sampling.num_logprobs < 0 && request.prompt_logprobs < 0 &&
         !request.sampling.mirostat.enabled;
}

SchedulerLimits scheduler_limits(const EngineOptions& options, const CausalModel& model) {
  const size_t most = size_t(model.max_batch_tokens());
  return {.token_budget = options.token_budget > 0 ? std::min(options.token_budget, most) : most,
          .max_running = std::min(options.max_running, most)};
}

}  // namespace

CausalEngine::CausalEngine(CausalModel& model, KvCache& cache, const Tokenizer& tokenizer,
                           EngineOptions options)
    : tokenizer_(tokenizer),
      options_(std::move(options)),
      runner_(model, cache),
      unnamed_(tokenizer.vocab().unnamed_ids(runner_.vocab_size())),
      block_memory_(model, cache),
      cold_(open_cold_store(options_, block_memory_)),
      prefixes_(options_.prefix_cache
                    ? std::make_unique<PrefixCache>(cache.ledger(), &block_memory_, cold_.get())
                    : nullptr),
      scheduler_(cache.ledger(), prefixes_.get(), scheduler_limits(options_, model)),
      prompt_reader_(model, options_.sampling, unnamed_, options_.score_tokens),
      step_budget_(scheduler_limits(options_, model).token_budget, options_.step_target),
      mask_worker_(runner_.vocab_size()) {
  CHECK(options_.clock && options_.context > 0 && options_.max_running > 0);
  CHECK(cold_ == nullptr || options_.spill.model_digest);
  CHECK(cache.ledger().can_ever_hold(options_.context));
  const SpeculationOptions& speculation = options_.speculation;
  if (speculation.max_drafts == 0) return;
  if (!cache.ledger().keeps_positions()) {
    options_.log(LogLevel::kInfo, "no speculative decoding: this model's state cannot be rolled back");
    return;
  }
  speculator_ = std::make_unique<Speculator>(speculation, runner_.vocab_size());
}

CausalEngine::~CausalEngine() {
  for (auto& [id, sequence] : sequences_) scheduler_.remove(sequence.get());
  identify_spill();
  if (cold_ == nullptr || !cold_->is_identified()) return;
  const auto deadline = options_.clock() + options_.spill.most_at_end;
  prefixes_->save_all([&] {
    cold_->wait_for_room();
    return options_.clock() < deadline;
  });
}

void CausalEngine::identify_spill() {
  if (cold_ == nullptr || cold_->is_identified()) return;
  const std::optional<std::string> digest = options_.spill.model_digest();
  if (digest) cold_->identify(*digest + " " + block_memory_.format(options_.context));
}

Status CausalEngine::check(const GenerateRequest& request) const {
  return check_request(request, {.vocab_size = runner_.vocab_size(),
                                 .context = options_.context,
                                 .end_ids = tokenizer_.vocab().end_of_generation_ids(),
                                 .unnamed = unnamed_,
                                 .scores = prompt_reader_.num_scores() > 0});
}

Result<RequestId> CausalEngine::submit(GenerateRequest request) {
  TRY(check(request));
  if (!request.sampling.seed) request.sampling.seed = random_bits();
  if (!request.ignore_eos) {
    const auto ends = tokenizer_.vocab().end_of_generation_ids();
    request.stop_token_ids.insert(request.stop_token_ids.end(), ends.begin(), ends.end());
  }
  std::ranges::sort(request.stop_token_ids);
  const bool jumps = may_jump(request);
  if (request.min_tokens > 0) {
    request.logits_processors.push_back(forbid_until(request.stop_token_ids, request.min_tokens));
  }
  const size_t room = options_.context - request.prompt.size();
  const size_t max_tokens =
      request.task != Task::kGenerate ? 0 : std::min(request.max_tokens.value_or(room), room);
  Sampler sampler(
      std::move(request.sampling),
      [&tokenizer = tokenizer_](TokenId id) { return tokenizer.token_bytes(id); }, unnamed_);

  const std::scoped_lock lock(inbox_mutex_);
  if (options_.max_waiting > 0 && num_open_ >= options_.max_running + options_.max_waiting) {
    ++num_refused_;
    return fail_hint(ErrorCode::kOverloaded, "try again later", "{} requests are running and waiting already",
                     num_open_);
  }
  auto sequence = std::make_unique<Sequence>(++last_id_, std::move(request), tokenizer_, std::move(sampler));
  sequence->max_length = sequence->tokens.size() + max_tokens;
  sequence->jumps = jumps;
  sequence->submitted = options_.clock();
  submitted_.push_back(std::move(sequence));
  ++num_open_;
  return last_id_;
}

void CausalEngine::cancel(RequestId id) {
  const std::scoped_lock lock(inbox_mutex_);
  cancelled_.push_back(id);
}

void CausalEngine::take_inbox() {
  std::vector<std::unique_ptr<Sequence>> submitted;
  std::vector<RequestId> cancelled;
  {
    const std::scoped_lock lock(inbox_mutex_);
    submitted.swap(submitted_);
    cancelled.swap(cancelled_);
  }
  for (auto& sequence : submitted) {
    Sequence& added = *sequence;
    scheduler_.add(&added);
    sequences_.emplace(added.id, std::move(sequence));
    // One pass then computes the prompt, what is forced behind it, and the first draw.
    if (added.generates()) set_forced(added, added.early);
    if (added.early.reason) finish(added, {.reason = added.early.reason});
  }
  for (RequestId id : cancelled) {
    const auto found = sequences_.find(id);
    if (found != sequences_.end()) finish(*found->second, {.reason = FinishReason::kCancelled});
  }
}

void CausalEngine::clear_prefix_cache() {
  if (prefixes_ != nullptr) prefixes_->clear();
}

void CausalEngine::flush_spill() {
  if (cold_ != nullptr) cold_->flush();
}

bool CausalEngine::step() {
  identify_spill();
  take_inbox();
  const auto begin = options_.clock();
  draft_tokens();
  const std::vector<ScheduledChunk> chunks = scheduler_.schedule(step_budget_.num_tokens());
  if (chunks.empty()) {
    publish_stats();
    return false;
  }
  std::vector<Drawing> drawings;
  std::vector<Sequence*> computed;
  size_t num_logits = 0;
  for (const ScheduledChunk& chunk : chunks) {
    if (!chunk.sequence->started) {
      chunk.sequence->started = begin;
      count_start(*chunk.sequence);
    }
    if (chunk.draws()) {
      drawings.push_back({.chunk = chunk, .first_logits = num_logits});
      num_logits += 1 + chunk.num_drafts;
    } else if (chunk.is_last()) {
      computed.push_back(chunk.sequence);
    }
  }
  const auto run_begin = options_.clock();
  start_masks(drawings);
  runner_.submit(chunks);
  runner_.collect();
  std::map<Sequence*, Error> failed = read_prompts(chunks);
  scheduler_.complete(chunks);
  for (const auto& [sequence, error] : failed) mask_worker_.wait(sequence->constraints);
  std::erase_if(drawings, [&](const Drawing& one) { return failed.contains(one.chunk.sequence); });
  std::erase_if(computed, [&](Sequence* one) { return failed.contains(one); });
  draw_tokens(drawings);
  const auto end = options_.clock();
  count_step(chunks, end - run_begin);

  for (auto& [sequence, error] : failed) {
    finish(*sequence, {.reason = FinishReason::kError, .error = std::move(error)});
  }
  finish_computed(computed, end);
  for (Drawing& drawing : drawings) {
    Sequence& sequence = *drawing.chunk.sequence;
    sequence.last_token = end;
    if (!sequence.first_token) sequence.first_token = end;
    publish(drawing);
  }
  publish_stats();
  return true;
}

void CausalEngine::draft_tokens() {
  if (speculator_ == nullptr) return;
  speculator_->draft(scheduler_.running(), options_.clock);
  for (Sequence* sequence : scheduler_.running()) {
    // What a constraint forbids is not worth a row.
    if (sequence->drafts.empty() || sequence->constraints.empty()) continue;
    sequence->drafts.resize(sequence->constraints.num_allowed(sequence->drafts, sequence->end_ids));
  }
}

/// The masks of what is drawn in this step are computed while the model runs.
void CausalEngine::start_masks(const std::vector<Drawing>& drawings) {
  for (const Drawing& drawing : drawings) {
    Sequence& sequence = *drawing.chunk.sequence;
    const auto drafts = std::span(sequence.drafts).first(drawing.chunk.num_drafts);
    mask_worker_.start(sequence.constraints, drafts, sequence.end_ids);
  }
}

void CausalEngine::finish_computed(const std::vector<Sequence*>& computed, std::chrono::nanoseconds now) {
  for (Sequence* sequence : computed) {
    sequence->first_token = sequence->last_token = now;
    finish(*sequence,
           {.reason = sequence->task != Task::kGenerate ? FinishReason::kStop : FinishReason::kLength});
  }
}

/// Returns those whose rows hold no numbers.
std::map<Sequence*, Error> CausalEngine::read_prompts(const std::vector<ScheduledChunk>& chunks) {
  std::map<Sequence*, Error> failed;
  size_t row = 0;
  for (const ScheduledChunk& chunk : chunks) {
    if (Status read = prompt_reader_.read(chunk, row); !read) failed.emplace(chunk.sequence, read.error());
    row += chunk.num_rows();
  }
  return failed;
}

void CausalEngine::draw_tokens(std::vector<Drawing>& drawings) {
  const auto draw_one = [&](size_t index) {
    Drawing& drawing = drawings[index];
    Sequence& sequence = *drawing.chunk.sequence;
    mask_worker_.wait(sequence.constraints);
    advance(sequence, runner_.logits(drawing.first_logits, 1 + drawing.chunk.num_drafts),
            std::span(sequence.drafts).first(drawing.chunk.num_drafts), drawing.progress);
  };
  if (options_.sampling == nullptr || drawings.size() < 2) {
    for (size_t i = 0; i < drawings.size(); ++i) draw_one(i);
    return;
  }
  options_.sampling->for_each(int64_t(drawings.size()), [&](int64_t index, int) { draw_one(size_t(index)); });
}

void CausalEngine::publish(Drawing& drawing) {
  Sequence& sequence = *drawing.chunk.sequence;
  Progress& progress = drawing.progress;
  if (const size_t num_drafts = drawing.chunk.num_drafts; num_drafts > 0) {
    const size_t num_drawn = progress.tokens.size() - progress.num_forced;
    const size_t num_accepted = num_drawn == 0 ? 0 : num_drawn - 1;
    counts_.num_draft_tokens += num_drafts;
    counts_.num_accepted_tokens += num_accepted;
    scheduler_.accept(drawing.chunk, num_accepted);
  }
  if (progress.reason) return finish(sequence, std::move(progress));
  count_tokens(sequence, progress);
  if (!sequence.on_event) return;
  GenerateEvent event = {.id = sequence.id, .parts = progress.parts, .tokens = progress.tokens};
  if (sequence.has_prompt_logprobs_to_tell()) event.prompt_logprobs = sequence.prompt_logprobs;
  sequence.on_event(event);
  sequence.prompt_logprobs_told |= !event.prompt_logprobs.empty();
}

void CausalEngine::finish(Sequence& sequence, Progress ending) {
  count_tokens(sequence, ending);
  std::string rest;
  if (ending.reason == FinishReason::kCancelled || ending.reason == FinishReason::kError) {
    rest = sequence.output.flush();
  }
  sequence.parser->finish(rest, ending.parts);
  const auto started = sequence.started.value_or(sequence.submitted);
  GenerateResult result{.reason = *ending.reason,
                        .error = std::move(ending.error),
                        .stop = std::string(sequence.output.stop()),
                        .usage = {.num_prompt_tokens = sequence.num_prompt_tokens,
                                  .num_cached_tokens = sequence.num_cached_tokens,
                                  .num_generated_tokens = sequence.num_generated(),
                                  .num_forced_tokens = sequence.num_all_forced,
                                  .num_reasoning_tokens = sequence.parser->num_reasoning_tokens()},
                        .timings = {},
                        .seed = *sequence.sampler.params().seed,
                        .embedding = {},
                        .scores = {},
                        .warnings = sequence.parser->warnings()};
  if (sequence.first_token) {
    result.timings = {.queued = started - sequence.submitted,
                      .prompt = *sequence.first_token - started,
                      .generate = sequence.last_token - *sequence.first_token};
  }
  if (result.reason == FinishReason::kStop) {
    if (sequence.task == Task::kEmbed) {
      result.embedding = finished_vector(sequence.hidden_sum, sequence.num_added, sequence.vector);
    }
    result.scores = std::move(sequence.scores);
  }
  std::vector<SampledToken> prompt_logprobs;
  if (sequence.has_prompt_logprobs_to_tell()) prompt_logprobs = std::move(sequence.prompt_logprobs);
  const EventSink on_event = std::move(sequence.on_event);
  const RequestId id = sequence.id;
  scheduler_.remove(&sequence);
  if (speculator_ != nullptr) speculator_->forget(id);
  sequences_.erase(id);
  ++counts_.num_finished;
  {
    const std::scoped_lock lock(inbox_mutex_);
    --num_open_;
  }
  if (!on_event) return;
  on_event({.id = id,
            .parts = ending.parts,
            .tokens = ending.tokens,
            .prompt_logprobs = prompt_logprobs,
            .result = &result});
}

/// Puts what was forced before the first draw in front of what is told first.
void CausalEngine::count_tokens(Sequence& sequence, Progress& told) {
  Progress early = std::exchange(sequence.early, {});
  told.num_forced += early.num_forced;
  told.tokens.insert(told.tokens.begin(), early.tokens.begin(), early.tokens.end());
  for (OutputPart& part : told.parts) append_part(early.parts, std::move(part));
  told.parts = std::move(early.parts);
  counts_.num_generated_tokens += told.tokens.size();
  counts_.num_forced_tokens += told.num_forced;
}

void CausalEngine::count_start(Sequence& sequence) {
  counts_.num_prompt_tokens += sequence.num_prompt_tokens;
  counts_.num_cached_tokens += sequence.num_cached_tokens;
}

void CausalEngine::count_step(const std::vector<ScheduledChunk>& chunks, std::chrono::nanoseconds time) {
  ++counts_.num_steps;
  counts_.num_step_sequences += chunks.size();
  size_t num_rows = 0, num_prompt_tokens = 0;
  for (const ScheduledChunk& chunk : chunks) {
    num_rows += chunk.num_rows();
    if (chunk.num_tokens > 1 && !chunk.is_decode) num_prompt_tokens += chunk.num_tokens;
  }
  counts_.num_computed_tokens += num_rows;
  const size_t bucket = size_t(std::bit_width(chunks.size() - 1));
  ++counts_.batch_sizes[std::min(bucket, EngineStats::kBatchBuckets - 1)];
  step_budget_.observe(num_prompt_tokens, time);
  if (speculator_ != nullptr && num_prompt_tokens == 0) speculator_->observe_step(num_rows, time);
}

void CausalEngine::publish_stats() {
  counts_.num_running = scheduler_.num_running();
  counts_.num_waiting = scheduler_.num_waiting();
  counts_.num_preemptions = scheduler_.num_preemptions();
  counts_.spill_ready = cold_ != nullptr && cold_->is_identified();
  counts_.num_kv_blocks = counts_.num_kv_blocks_used = counts_.num_kv_blocks_cached = 0;
  for (size_t g = 0; g < ledger().num_groups(); ++g) {
    const BlockPool& pool = ledger().pool(g);
    counts_.num_kv_blocks += size_t(pool.num_blocks());
    counts_.num_kv_blocks_used += size_t(pool.num_used() - pool.num_idle());
    counts_.num_kv_blocks_cached += size_t(pool.num_idle());
  }
  const std::scoped_lock lock(inbox_mutex_);
  stats_ = counts_;
}

EngineStats CausalEngine::stats() const {
  const std::scoped_lock lock(inbox_mutex_);
  EngineStats stats = stats_;
  stats.spill_failing = cold_ != nullptr && cold_->is_failing();
  stats.num_waiting += submitted_.size();
  stats.num_submitted = last_id_;
  stats.num_refused = num_refused_;
  return stats;
}

}  // namespace hearth
