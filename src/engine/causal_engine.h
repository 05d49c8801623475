#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/threads.h"
#include "engine/cache/block_memory.h"
#include "engine/cache/cold_store.h"
#include "engine/engine.h"
#include "engine/schedule/advance.h"
#include "engine/schedule/mask_worker.h"
#include "engine/schedule/model_runner.h"
#include "engine/schedule/prompt_reader.h"
#include "engine/schedule/scheduler.h"
#include "engine/schedule/step_budget.h"
#include "engine/speculate/speculator.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth {

/// Where computed prefixes are saved when memory evicts them, and all of them when the engine ends.
struct SpillOptions {
  std::filesystem::path folder;  ///< empty: nowhere
  size_t max_bytes = 0;          ///< of all files in it
  /// Identifies the weights, once that is known; until then nothing is saved or found. Prefixes of other
  /// weights are not seen. Called by the thread that steps.
  std::function<std::optional<std::string>()> model_digest = nullptr;
  std::chrono::nanoseconds most_at_end = std::chrono::seconds(5);  ///< most time for saving at the end
};

struct EngineOptions {
  size_t context = 0;              ///< most tokens of a sequence, prompt and completion
  size_t max_running = 1;          ///< most sequences in a batch
  size_t max_waiting = 0;          ///< most requests beyond max_running; 0: no limit
  size_t token_budget = 0;         ///< most tokens of a step; 0: the model's largest batch
  ThreadPool* sampling = nullptr;  ///< draws the tokens of a batch in parallel, where given
  bool prefix_cache = true;        ///< computed prefixes are kept for prompts that begin with them
  SpillOptions spill = {};
  SpeculationOptions speculation = {};
  /// Tokens whose logits behind a text are its scores, where the model has no head for them; none: it scores
  /// no texts.
  std::vector<TokenId> score_tokens = {};
  /// Time that a step may take where prompt tokens hold up decoding sequences; 0: no target.
  std::chrono::nanoseconds step_target = std::chrono::milliseconds(100);
  LogSink log = no_log();
  Clock clock;
};

/// Completes prompts in one loop: schedule, run, sample, publish. Model, cache, tokenizer and pool must
/// outlive the engine.
class CausalEngine final : public Engine {
 public:
  CausalEngine(CausalModel& model, KvCache& cache, const Tokenizer& tokenizer, EngineOptions options);
  ~CausalEngine() override;

  Status check(const GenerateRequest& request) const override;
  Result<RequestId> submit(GenerateRequest request) override;
  void cancel(RequestId id) override;
  bool step() override;

  size_t context() const override { return options_.context; }
  size_t vocab_size() const override { return runner_.vocab_size(); }
  size_t max_running() const override { return options_.max_running; }
  EngineStats stats() const override;
  /// Forgets computed prefixes; for the thread that steps.
  void clear_prefix_cache();
  /// Waits until evicted prefixes are written; for the thread that steps.
  void flush_spill();
  const KvLedger& ledger() const { return runner_.cache().ledger(); }

 private:
  /// A sequence that draws in this step.
  struct Drawing {
    ScheduledChunk chunk;
    size_t first_logits;
    Progress progress = {};
  };

  void identify_spill();
  void take_inbox();
  void draft_tokens();
  void start_masks(const std::vector<Drawing>& drawings);
  std::map<Sequence*, Error> read_prompts(const std::vector<ScheduledChunk>& chunks);
  void draw_tokens(std::vector<Drawing>& drawings);
  void publish(Drawing& drawing);
  void finish(Sequence& sequence, Progress ending);
  void finish_computed(const std::vector<Sequence*>& computed, std::chrono::nanoseconds now);
  void count_tokens(Sequence& sequence, Progress& told);
  void count_start(Sequence& sequence);
  void count_step(const std::vector<ScheduledChunk>& chunks, std::chrono::nanoseconds time);
  void publish_stats();

  const Tokenizer& tokenizer_;
  EngineOptions options_;
  ModelRunner runner_;
  std::vector<TokenId> unnamed_;  ///< ids that are never drawn
  KvBlockMemory block_memory_;
  std::unique_ptr<ColdStore> cold_;        ///< null: off
  std::unique_ptr<PrefixCache> prefixes_;  ///< null: off
  Scheduler scheduler_;
  PromptReader prompt_reader_;
  StepBudget step_budget_;
  std::unique_ptr<Speculator> speculator_;  ///< null: off
  MaskWorker mask_worker_;
  EngineStats counts_;  ///< of the thread that steps
  std::map<RequestId, std::unique_ptr<Sequence>> sequences_;

  mutable std::mutex inbox_mutex_;
  std::vector<std::unique_ptr<Sequence>> submitted_;  ///< guarded by inbox_mutex_
  std::vector<RequestId> cancelled_;                  ///< guarded by inbox_mutex_
  RequestId last_id_ = 0;                             ///< guarded by inbox_mutex_
  size_t num_open_ = 0;                               ///< guarded by inbox_mutex_: requests without an end
  size_t num_refused_ = 0;                            ///< guarded by inbox_mutex_
  EngineStats stats_;                                 ///< guarded by inbox_mutex_: of the last step
};

}  // namespace hearth
