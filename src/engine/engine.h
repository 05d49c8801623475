#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/log.h"
#include "base/threads.h"
#include "engine/model_runner.h"
#include "engine/request.h"
#include "engine/scheduler.h"
#include "text/tokenizer.h"

namespace hearth {

struct EngineOptions {
  size_t context = 0;              ///< most tokens of a sequence, prompt and answer
  size_t max_running = 1;          ///< most sequences in a batch
  size_t token_budget = 0;         ///< most tokens of a step; 0: the model's largest batch
  ThreadPool* sampling = nullptr;  ///< draws the tokens of a batch in parallel, where given
  bool prefix_cache = true;        ///< computed prompts and answers are kept for those that begin like them
  Clock clock;
};

/// Carries on any number of prompts with one copy of a model, in one loop: schedule, run, sample, publish.
/// `submit` and `cancel` may be called from any thread; `step` from one thread at a time, which is also the
/// one that events are delivered on. A request's text depends on nothing but the request. Model, cache,
/// tokenizer and pool must outlive the engine.
class Engine {
 public:
  Engine(Model& model, KvCache& cache, const Tokenizer& tokenizer, EngineOptions options);
  ~Engine();

  /// Takes a request up. Errors: kInvalidArgument naming the parameter; kContextOverflow with both numbers
  /// for a prompt that leaves no room for an answer.
  Result<RequestId> submit(GenerateRequest request);

  /// Ends a request within one step; nothing happens to one that has ended.
  void cancel(RequestId id);

  /// Does one step. False where there is nothing to do.
  bool step();

  size_t context() const { return options_.context; }
  /// Forgets computed prefixes; for the thread that steps.
  void clear_prefix_cache();
  const KvLedger& ledger() const { return runner_.cache().ledger(); }

 private:
  struct Draw {
    Sequence* sequence;
    Result<SampledToken> token;
  };

  Status check(const GenerateRequest& request) const;
  void take_inbox();
  void draw_tokens(std::vector<Draw>& draws);
  void publish(Draw& draw);
  void finish(Sequence& sequence, FinishReason reason, std::string_view text,
              std::span<const SampledToken> tokens, std::optional<Error> error = std::nullopt);

  const Tokenizer& tokenizer_;
  EngineOptions options_;
  ModelRunner runner_;
  std::unique_ptr<PrefixCache> prefixes_;  ///< null: off
  Scheduler scheduler_;
  std::map<RequestId, std::unique_ptr<Sequence>> sequences_;

  std::mutex inbox_mutex_;
  std::vector<std::unique_ptr<Sequence>> submitted_;  ///< guarded by inbox_mutex_
  std::vector<RequestId> cancelled_;                  ///< guarded by inbox_mutex_
  RequestId last_id_ = 0;                             ///< guarded by inbox_mutex_
};

}  // namespace hearth
