#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/causal_engine.h"
#include "engine/constrain/grammar_cache.h"
#include "engine/engine_loop.h"
#include "engine/memory/memory_plan.h"
#include "engine/pool/compute.h"
#include "formats/model/model_files.h"
#include "store/weights_digest.h"
#include "text/template/chat_template.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth {

/// How a model is loaded. Two that differ in one of these are two models.
struct ModelOptions {
  std::filesystem::path path = {};
  size_t context = 0;  ///< 0: the model's own, or what of it fits
  Precision precision = Precision::kAuto;
  DType kv_dtype = DType::kF16;
  size_t num_sequences = 1;  ///< at once
  size_t max_batch_tokens = 512;
  size_t kv_tokens = 0;    ///< of all sequences together; 0: each may be as long as the context
  size_t max_waiting = 0;  ///< requests beside those that may run; 0: no limit
  std::filesystem::path draft_path = {};          ///< the draft model; empty: none
  std::optional<size_t> draft_tokens = {};        ///< most draft tokens of a sequence in a step; 0: none
  std::optional<Pooling> pooling = {};            ///< in place of what the files say
  std::optional<std::string> chat_template = {};  ///< Jinja, in place of the files'

  bool operator==(const ModelOptions&) const = default;
};

/// A file set and the backend to run it on, with the plan of what that takes. Nothing is loaded yet.
struct OpenedModel {
  ModelOptions options;
  std::unique_ptr<ModelFiles> files;
  std::unique_ptr<ModelFiles> draft_files;  ///< null: none
  std::unique_ptr<Backend> backend;
  MemoryPlan plan;
};

/// `available`: bytes that may be taken; nothing: not known. Errors: those of the files, of the options, of
/// the plan.
Result<OpenedModel> open_model(const ModelOptions& options, Compute& compute, std::optional<size_t> available,
                               const LogSink& log);

/// Evicted prefixes that are kept on disk, those of all models in one folder.
struct PrefixFolder {
  SpillOptions spill = {};             ///< without the model's digest, which is found out
  std::filesystem::path digests = {};  ///< file that digests of models are remembered in; empty: none
};

/// A model that is ready to run, and all that it needs but the threads. Thread-safe, but for what
/// `runner` gives.
class LoadedModel {
 public:
  /// What is not as asked for (a smaller context) is said in `log`. `compute` must outlive it. Errors: those
  /// of `load_model` and of memory.
  static Result<std::unique_ptr<LoadedModel>> load(OpenedModel opened, Compute& compute,
                                                   PrefixFolder prefixes, LogSink log);

  const ModelOptions& options() const { return opened_.options; }
  const std::filesystem::path& path() const { return options().path; }
  const ModelFiles& files() const { return *opened_.files; }
  const MemoryPlan& plan() const { return opened_.plan; }
  Backend& backend() const { return *opened_.backend; }
  ThreadPool& threads() const { return compute_.threads(); }
  const Model& model() const { return encoder_ != nullptr ? static_cast<const Model&>(*encoder_) : *model_; }
  bool is_encoder() const { return encoder_ != nullptr; }
  /// Runs batches of a causal model, whose cache it is; not together with `engine`. Error: kUnsupported for
  /// an encoder.
  Result<ModelRunner> runner();
  size_t context() const { return plan().context; }
  std::chrono::nanoseconds load_time() const { return load_time_; }

  /// Loaded on first use. Errors: those of the vocabulary.
  Result<const Tokenizer*> tokenizer();
  /// The grammars of its completions. Made on first use; needs the tokenizer, whose vocabulary is laid out
  /// for them with the first grammar.
  std::shared_ptr<GrammarCache> grammars();
  /// Needs the tokenizer. ChatML where the files have none, or none that can be read, which the log says.
  /// Errors: those of the template that was given.
  Result<const ChatTemplate*> chat_template();
  bool has_own_chat_template() const;
  /// How texts become vectors, or scores: as asked for, as the files say, or as is usual.
  Pooling pooling() const;
  /// Floats of an embedding.
  size_t embedding_size() const;
  /// Segments that tokens may be of.
  size_t num_token_types() const;
  /// Whether it makes a score of a text: by a head of one label or of two, or by answering yes or no.
  bool scores() const;
  /// Of two labels, the one that speaks for a text.
  size_t relevant_label() const;
  /// The prompt by which a causal model scores texts (text/input/rerank_prompt.h); empty: none, or it is
  /// an encoder, which reads pairs.
  std::string rerank_template() const;
  /// Needs the tokenizer. For one thread that steps it; not together with `loop`.
  Result<Engine*> engine();
  /// The engine on a thread of its own.
  Result<EngineLoop*> loop();

 private:
  LoadedModel(OpenedModel opened, Compute& compute, PrefixFolder prefixes, LogSink log)
      : opened_(std::move(opened)), compute_(compute), prefixes_(std::move(prefixes)), log_(std::move(log)) {}

  Status load_tensors();
  void say_what_is_not_as_asked() const;
  Result<ChatTemplate> read_chat_template(const Vocab& vocab) const;
  SpillOptions spill();
  SpeculationOptions speculation();
  Result<std::unique_ptr<Engine>> make_engine();
  Result<std::vector<TokenId>> score_tokens();
  size_t num_labels() const;

  OpenedModel opened_;
  Compute& compute_;
  PrefixFolder prefixes_;
  LogSink log_;
  std::unique_ptr<CausalModel> model_;  ///< null: an encoder
  std::unique_ptr<EncoderModel> encoder_;
  std::optional<KvCache> cache_;
  std::unique_ptr<CausalModel> draft_model_;
  std::optional<KvCache> draft_cache_;
  std::chrono::nanoseconds load_time_{};

  std::recursive_mutex mutex_;  ///< guards what is made on first use
  std::optional<Tokenizer> tokenizer_;
  std::optional<ChatTemplate> chat_template_;
  std::shared_ptr<GrammarCache> grammars_;
  std::unique_ptr<WeightsDigest> digest_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<EngineLoop> loop_;
};

/// The steady clock of the system.
Clock steady_clock();

}  // namespace hearth
