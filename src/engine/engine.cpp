#include "engine/engine.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <utility>

#include "base/check.h"

namespace hearth {
namespace {

uint64_t draw_seed() {
  std::random_device device;
  return uint64_t(device()) << 32 | device();
}

}  // namespace

Engine::Engine(Model& model, KvCache& cache, const Tokenizer& tokenizer, EngineOptions options)
    : tokenizer_(tokenizer),
      options_(std::move(options)),
      runner_(model, cache),
      prefixes_(options_.prefix_cache ? std::make_unique<PrefixCache>(cache.ledger()) : nullptr),
      scheduler_(cache.ledger(), prefixes_.get(),
                 {.token_budget = options_.token_budget > 0
                                      ? std::min(options_.token_budget, size_t(model.max_batch_tokens()))
                                      : size_t(model.max_batch_tokens()),
                  .max_running = std::min(options_.max_running, size_t(model.max_batch_tokens()))}) {
  CHECK(options_.clock && options_.context > 0 && options_.max_running > 0);
  CHECK(cache.ledger().can_ever_hold(options_.context));
}

Engine::~Engine() = default;

Status Engine::check(const GenerateRequest& request) const {
  const size_t vocab_size = runner_.vocab_size();
  if (request.prompt.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give it at least one token", "the prompt is empty");
  }
  if (request.prompt.size() >= options_.context) {
    return fail_hint(ErrorCode::kContextOverflow, "shorten the prompt or start with a larger context",
                     "the prompt has {} tokens, but the context holds {} with the answer",
                     request.prompt.size(), options_.context);
  }
  for (const std::vector<TokenId>* ids : {&request.prompt, &request.stop_token_ids}) {
    for (TokenId id : *ids) {
      if (id < 0 || size_t(id) >= vocab_size) {
        return fail_hint(ErrorCode::kInvalidArgument, fmt::format("ids go from 0 to {}", vocab_size - 1),
                         "{} holds token {}, which the model does not have",
                         ids == &request.prompt ? "the prompt" : "stop_token_ids", id);
      }
    }
  }
  return validate(request.sampling, vocab_size);
}

Result<RequestId> Engine::submit(GenerateRequest request) {
  TRY(check(request));
  if (!request.sampling.seed) request.sampling.seed = draw_seed();
  if (!request.ignore_eos) {
    const auto ends = tokenizer_.vocab().end_of_generation_ids();
    request.stop_token_ids.insert(request.stop_token_ids.end(), ends.begin(), ends.end());
  }
  std::ranges::sort(request.stop_token_ids);
  const size_t room = options_.context - request.prompt.size();
  const size_t max_tokens = std::min(request.max_tokens.value_or(room), room);
  Sampler sampler(std::move(request.sampling),
                  [&tokenizer = tokenizer_](TokenId id) { return tokenizer.token_bytes(id); });

  const std::scoped_lock lock(inbox_mutex_);
  auto sequence = std::make_unique<Sequence>(++last_id_, std::move(request), tokenizer_, std::move(sampler));
  sequence->max_length = sequence->tokens.size() + max_tokens;
  sequence->submitted = options_.clock();
  submitted_.push_back(std::move(sequence));
  return last_id_;
}

void Engine::cancel(RequestId id) {
  const std::scoped_lock lock(inbox_mutex_);
  cancelled_.push_back(id);
}

void Engine::take_inbox() {
  std::vector<std::unique_ptr<Sequence>> submitted;
  std::vector<RequestId> cancelled;
  {
    const std::scoped_lock lock(inbox_mutex_);
    submitted.swap(submitted_);
    cancelled.swap(cancelled_);
  }
  for (auto& sequence : submitted) {
    scheduler_.add(sequence.get());
    sequences_.emplace(sequence->id, std::move(sequence));
  }
  for (RequestId id : cancelled) {
    const auto found = sequences_.find(id);
    if (found != sequences_.end()) finish(*found->second, FinishReason::kCancelled, {}, {});
  }
}

void Engine::clear_prefix_cache() {
  if (prefixes_ != nullptr) prefixes_->clear();
}

bool Engine::step() {
  take_inbox();
  const std::vector<ScheduledChunk> chunks = scheduler_.schedule();
  if (chunks.empty()) return false;
  const auto begin = options_.clock();
  std::vector<Draw> draws;
  for (const ScheduledChunk& chunk : chunks) {
    if (!chunk.sequence->started) chunk.sequence->started = begin;
    if (chunk.draws()) draws.push_back({chunk.sequence, SampledToken{}});
  }
  runner_.run(chunks);
  scheduler_.complete(chunks);
  draw_tokens(draws);
  for (Draw& draw : draws) publish(draw);
  return true;
}

void Engine::draw_tokens(std::vector<Draw>& draws) {
  const auto draw_one = [&](size_t index) {
    Sequence& sequence = *draws[index].sequence;
    const std::span<float> logits = runner_.logits(index);
    for (const auto& processor : sequence.logits_processors)
      processor->apply(logits, sequence.num_generated());
    draws[index].token = sequence.sampler.sample(logits, {sequence.tokens, sequence.num_prompt_tokens});
    if (!draws[index].token) return;
    for (const auto& processor : sequence.logits_processors) processor->accept(draws[index].token->id);
  };
  if (options_.sampling == nullptr || draws.size() < 2) {
    for (size_t i = 0; i < draws.size(); ++i) draw_one(i);
    return;
  }
  std::atomic<size_t> next = 0;
  options_.sampling->run([&](int) {
    for (size_t i = next++; i < draws.size(); i = next++) draw_one(i);
  });
}

void Engine::publish(Draw& draw) {
  Sequence& sequence = *draw.sequence;
  if (!draw.token) return finish(sequence, FinishReason::kError, {}, {}, draw.token.error());
  sequence.last_token = options_.clock();
  if (sequence.num_generated() == 0) sequence.first_token = sequence.last_token;
  const TokenId id = draw.token->id;
  const std::span<const SampledToken> tokens(&*draw.token, 1);
  sequence.tokens.push_back(id);

  if (std::ranges::binary_search(sequence.end_ids, id)) {
    return finish(sequence, FinishReason::kStop, sequence.output.flush(), tokens);
  }
  std::string text = sequence.output.push(id);
  if (sequence.output.stopped()) return finish(sequence, FinishReason::kStop, text, tokens);
  if (sequence.tokens.size() >= sequence.max_length) {
    text += sequence.output.flush();
    return finish(sequence, sequence.output.stopped() ? FinishReason::kStop : FinishReason::kLength, text,
                  tokens);
  }
  if (sequence.on_event) sequence.on_event({.id = sequence.id, .text = text, .tokens = tokens});
}

void Engine::finish(Sequence& sequence, FinishReason reason, std::string_view text,
                    std::span<const SampledToken> tokens, std::optional<Error> error) {
  std::string rest;
  if (reason == FinishReason::kCancelled || reason == FinishReason::kError) rest = sequence.output.flush();
  const auto started = sequence.started.value_or(sequence.submitted);
  GenerateResult result{.reason = reason,
                        .error = std::move(error),
                        .stop = std::string(sequence.output.stop()),
                        .usage = {.num_prompt_tokens = sequence.num_prompt_tokens,
                                  .num_cached_tokens = sequence.num_cached_tokens,
                                  .num_generated_tokens = sequence.num_generated()},
                        .timings = {.queued = started - sequence.submitted,
                                    .prompt = sequence.first_token - started,
                                    .generate = sequence.last_token - sequence.first_token},
                        .seed = *sequence.sampler.params().seed};
  if (sequence.num_generated() == 0) result.timings = {};
  const EventSink on_event = std::move(sequence.on_event);
  const RequestId id = sequence.id;
  scheduler_.remove(&sequence);
  sequences_.erase(id);
  if (!on_event) return;
  on_event({.id = id, .text = rest.empty() ? text : rest, .tokens = tokens, .result = &result});
}

}  // namespace hearth
