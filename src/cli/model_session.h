#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/log.h"
#include "base/threads.h"
#include "engine/engine.h"
#include "engine/memory/memory_plan.h"
#include "formats/model/model_files.h"
#include "store/weights_digest.h"
#include "text/template/chat_template.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::cli {

/// What a command says about the model it wants to run.
struct SessionOptions {
  std::string model;               ///< a path or a name
  int threads = 0;                 ///< 0: one for each fast core this process may use
  bool pin_threads = false;        ///< to a processor each
  bool huge_pages = true;          ///< where the system has them
  size_t context = 0;              ///< 0: the model's own, or what of it fits
  std::string precision = "auto";  ///< "auto", or "f32": the reference backend and an f32 KV cache
  std::string kv_type = "f16";
  std::string isa;           ///< instruction set to force; empty: the best
  size_t num_sequences = 1;  ///< sequences at once
  size_t max_batch_tokens = 512;
  size_t kv_tokens = 0;                ///< of all sequences together; 0: each may be as long as the context
  size_t max_waiting = 0;              ///< requests beside those that may run; 0: no limit
  SpillOptions spill = {};             ///< without the model's digest, which the session finds out
  std::filesystem::path digests;       ///< file that digests of models are remembered in; empty: none
  std::string draft_model;             ///< a path or a name; empty: none
  std::optional<size_t> draft_tokens;  ///< most guesses of a sequence in a step; 0: none
};

/// A file and the backend to run it on, with the plan of what that takes. Nothing is loaded yet.
struct OpenedModel {
  std::filesystem::path path;
  std::unique_ptr<ModelFiles> files;
  std::unique_ptr<ModelFiles> draft_files;  ///< null where there is no draft model
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<Backend> backend;
  MemoryPlan plan;
};

/// Errors: those of the file, of the options, of the plan.
Result<OpenedModel> open_model(const SessionOptions& options, const LogSink& log);

/// A model that is ready to run, and all that it stands on. Not thread-safe.
class ModelSession {
 public:
  /// Opens, plans and loads. What is not as asked for (a smaller context) is said in `log`.
  static Result<std::unique_ptr<ModelSession>> open(const SessionOptions& options, const LogSink& log);

  const std::filesystem::path& path() const { return opened_.path; }
  const ModelFiles& files() const { return *opened_.files; }
  const MemoryPlan& plan() const { return opened_.plan; }
  Backend& backend() const { return *opened_.backend; }
  ThreadPool& pool() const { return *opened_.pool; }
  Model& model() const { return *model_; }
  KvCache& cache() { return *cache_; }
  size_t context() const { return plan().context; }
  std::chrono::nanoseconds load_time() const { return load_time_; }

  /// Loaded on first use. Errors: those of the vocabulary.
  Result<const Tokenizer*> tokenizer();
  /// Needs the tokenizer. ChatML where the file has none, or none that can be read, which the log says.
  Result<const ChatTemplate*> chat_template();
  bool has_own_chat_template() const;
  /// Needs the tokenizer.
  Result<Engine*> engine();

 private:
  ModelSession(OpenedModel opened, SessionOptions options, LogSink log)
      : opened_(std::move(opened)), options_(std::move(options)), log_(std::move(log)) {}

  Status load_draft();
  SpillOptions spill();
  SpeculationOptions speculation();

  OpenedModel opened_;
  SessionOptions options_;
  LogSink log_;
  std::unique_ptr<Model> model_;
  std::optional<KvCache> cache_;
  std::unique_ptr<Model> draft_model_;
  std::optional<KvCache> draft_cache_;
  std::optional<Tokenizer> tokenizer_;
  std::optional<ChatTemplate> chat_template_;
  std::unique_ptr<WeightsDigest> digest_;
  std::unique_ptr<Engine> engine_;
  std::chrono::nanoseconds load_time_{};
};

/// The types a KV cache can have, as `SessionOptions::kv_type` names them; the usual one first.
std::vector<std::string> kv_type_names();

/// The steady clock of the system.
Clock steady_clock();

}  // namespace hearth::cli
