#include "engine/pool/loaded_model.h"

#include <utility>

#include "engine/speculate/draft_vocabulary.h"
#include "formats/open_model_files.h"

namespace hearth {
namespace {

// Draft tokens of a draft model where the options do not say how many.
constexpr size_t kDraftTokens = 8;

size_t draft_tokens(const ModelOptions& options) {
  return options.draft_tokens.value_or(options.draft_path.empty() ? 0 : kDraftTokens);
}

/// The draft model's files, with a vocabulary that is checked against the model's.
Result<std::unique_ptr<ModelFiles>> open_draft(const ModelOptions& options, const ModelFiles& files,
                                               const LogSink& log) {
  if (draft_tokens(options) == 0) {
    return fail_hint(ErrorCode::kInvalidArgument, "raise --draft-tokens, or leave --draft-model out",
                     "a draft model that may draft 0 tokens is of no use");
  }
  std::unique_ptr<ModelFiles> draft = TRY(open_model_files(options.draft_path, log));
  const Vocab vocab = TRY(Vocab::create(TRY(files.vocabulary(no_log()))));
  TRY(check_draft_vocabulary(vocab, TRY(draft->vocabulary(no_log()))));
  return draft;
}

}  // namespace

Clock steady_clock() {
  return [] { return std::chrono::steady_clock::now().time_since_epoch(); };
}

Result<OpenedModel> open_model(const ModelOptions& options, Compute& compute, std::optional<size_t> available,
                               const LogSink& log) {
  std::unique_ptr<ModelFiles> files = TRY(open_model_files(options.path, log));
  std::unique_ptr<ModelFiles> draft;
  if (!options.draft_path.empty()) draft = TRY(open_draft(options, *files, log));
  std::unique_ptr<Backend> backend = TRY(compute.make_backend(options.precision));
  const bool exact = options.precision == Precision::kF32;
  MemoryPlan plan = TRY(plan_memory(*files, *backend,
                                    {.context = options.context,
                                     .kv_dtype = exact ? DType::kF32 : options.kv_dtype,
                                     .num_sequences = options.num_sequences,
                                     .kv_tokens = options.kv_tokens,
                                     .max_batch_tokens = options.max_batch_tokens,
                                     .available = available,
                                     .draft = draft.get(),
                                     .max_draft_rows = draft_tokens(options) > 0 ? kMaxDraftRows : 0}));
  return OpenedModel{options, std::move(files), std::move(draft), std::move(backend), std::move(plan)};
}

Result<std::unique_ptr<LoadedModel>> LoadedModel::load(OpenedModel opened, Compute& compute,
                                                       PrefixFolder prefixes, LogSink log) {
  const auto begin = std::chrono::steady_clock::now();
  std::unique_ptr<LoadedModel> loaded(
      new LoadedModel(std::move(opened), compute, std::move(prefixes), std::move(log)));
  loaded->say_what_is_not_as_asked();
  TRY(loaded->load_tensors());
  loaded->load_time_ = std::chrono::steady_clock::now() - begin;
  return loaded;
}

void LoadedModel::say_what_is_not_as_asked() const {
  if (plan().reduced) {
    log_(LogLevel::kWarning,
         fmt::format("the context is {} tokens, not the model's {}: no more fits into {} of memory",
                     plan().context, plan().trained_context, format_bytes(plan().available.value_or(0))));
  } else if (plan().context > plan().trained_context) {
    log_(LogLevel::kWarning,
         fmt::format("the context of {} tokens is longer than the {} the model was trained on",
                     plan().context, plan().trained_context));
  }
}

Status LoadedModel::load_tensors() {
  const LoadOptions how{
      .max_batch_tokens = int(options().max_batch_tokens), .context_limit = int(context()), .log = log_};
  model_ = TRY(load_causal_model(files(), backend(), how));
  cache_ = TRY(KvCache::create(model_->placement(), model_->cache_specs(), plan().kv));
  if (opened_.draft_files == nullptr) return {};
  draft_model_ = TRY(load_causal_model(*opened_.draft_files, backend(), how));
  draft_cache_ =
      TRY(KvCache::create(draft_model_->placement(), draft_model_->cache_specs(), plan().draft->kv));
  return {};
}

SpeculationOptions LoadedModel::speculation() {
  return {.max_drafts = draft_tokens(options()),
          .draft = draft_model_.get(),
          .draft_cache = draft_cache_ ? &*draft_cache_ : nullptr};
}

/// What is kept on disk was computed with the model's own weights; a draft model changes none of it.
SpillOptions LoadedModel::spill() {
  SpillOptions spill = prefixes_.spill;
  if (spill.folder.empty()) return spill;
  digest_ = std::make_unique<WeightsDigest>(files().files(), prefixes_.digests, log_);
  spill.model_digest = [digest = digest_.get()] { return digest->get(); };
  return spill;
}

Result<const Tokenizer*> LoadedModel::tokenizer() {
  const std::scoped_lock lock(mutex_);
  if (!tokenizer_) {
    VocabData vocabulary = TRY(files().vocabulary(log_));
    Tokenizer tokenizer = TRY(Tokenizer::create(std::move(vocabulary)));
    const size_t model_size = size_t(model().config().vocab_size);
    if (tokenizer.vocab().size() > model_size) {
      return fail(ErrorCode::kCorruptData, "the vocabulary has {} tokens but the model only {}",
                  tokenizer.vocab().size(), model_size);
    }
    tokenizer_ = std::move(tokenizer);
  }
  return &*tokenizer_;
}

bool LoadedModel::has_own_chat_template() const {
  return files().chat_templates(no_log()).default_source.has_value();
}

Result<ChatTemplate> LoadedModel::read_chat_template(const Vocab& vocab) const {
  const auto text_of = [&](std::optional<TokenId> id) {
    return id ? std::optional(std::string(vocab.text(*id))) : std::nullopt;
  };
  const ChatTemplateOptions options{.bos_token = text_of(vocab.bos_id()),
                                    .eos_token = text_of(vocab.eos_id())};
  const ChatTemplateSources sources = files().chat_templates(log_);
  if (sources.default_source) {
    Result<ChatTemplate> own = ChatTemplate::parse(*sources.default_source, options);
    if (own) return own;
    log_(LogLevel::kWarning, fmt::format("the model's {}; ChatML is used in its place", own.error().message));
  }
  return ChatTemplate::parse(std::string(default_chat_template()), options);
}

Result<const ChatTemplate*> LoadedModel::chat_template() {
  const std::scoped_lock lock(mutex_);
  if (!chat_template_) chat_template_ = TRY(read_chat_template(TRY(tokenizer())->vocab()));
  return &*chat_template_;
}

Result<Engine*> LoadedModel::engine() {
  const std::scoped_lock lock(mutex_);
  if (!engine_) {
    const Tokenizer* text = TRY(tokenizer());
    engine_ = std::make_unique<Engine>(*model_, *cache_, *text,
                                       EngineOptions{.context = context(),
                                                     .max_running = options().num_sequences,
                                                     .max_waiting = options().max_waiting,
                                                     .sampling = &threads(),
                                                     .spill = spill(),
                                                     .speculation = speculation(),
                                                     .log = log_,
                                                     .clock = steady_clock()});
  }
  return engine_.get();
}

Result<EngineLoop*> LoadedModel::loop() {
  const std::scoped_lock lock(mutex_);
  if (!loop_) loop_ = TRY(EngineLoop::start(*TRY(engine())));
  return loop_.get();
}

}  // namespace hearth
