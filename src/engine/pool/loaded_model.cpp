#include "engine/pool/loaded_model.h"

#include <algorithm>
#include <utility>

#include "engine/encode/encoder_engine.h"
#include "engine/speculate/draft_vocabulary.h"
#include "formats/open_model_files.h"
#include "text/input/rerank_prompt.h"

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

/// Whether the model's name or its file's has this word, in any case.
bool is_named(const LoadedModel& model, std::string_view word) {
  for (std::string name : {model.model().config().name, model.path().stem().string()}) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
    if (name.find(word) != name.npos) return true;
  }
  return false;
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
  if (draft != nullptr && plan.kind == ModelKind::kEncoder) {
    return fail_hint(ErrorCode::kInvalidArgument, "leave --draft-model out",
                     "{} is an encoder, which writes no text that could be drafted",
                     options.path.filename().string());
  }
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
  const bool is_encoder = plan().kind == ModelKind::kEncoder;
  const size_t max_batch_tokens =
      is_encoder ? encoder_batch_tokens(options().max_batch_tokens, context()) : options().max_batch_tokens;
  const LoadOptions how{
      .max_batch_tokens = int(max_batch_tokens), .context_limit = int(context()), .log = log_};
  LoadedArchitecture loaded = TRY(load_model(files(), backend(), how));
  if (auto* encoder = std::get_if<std::unique_ptr<EncoderModel>>(&loaded)) {
    encoder_ = std::move(*encoder);
    return {};
  }
  model_ = std::move(std::get<std::unique_ptr<CausalModel>>(loaded));
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

std::shared_ptr<GrammarCache> LoadedModel::grammars() {
  const std::scoped_lock lock(mutex_);
  if (grammars_ == nullptr) {
    grammars_ = std::make_shared<GrammarCache>([this] { return tokenizer(); });
  }
  return grammars_;
}

bool LoadedModel::has_own_chat_template() const {
  return options().chat_template || files().chat_templates(no_log()).default_source.has_value();
}

Result<ChatTemplate> LoadedModel::read_chat_template(const Vocab& vocab) const {
  const auto text_of = [&](std::optional<TokenId> id) {
    return id ? std::optional(std::string(vocab.text(*id))) : std::nullopt;
  };
  const ChatTemplateOptions options{.bos_token = text_of(vocab.bos_id()),
                                    .eos_token = text_of(vocab.eos_id())};
  if (opened_.options.chat_template) return ChatTemplate::parse(*opened_.options.chat_template, options);
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

Pooling LoadedModel::pooling() const {
  const ModelConfig& config = model().config();
  if (options().pooling) return *options().pooling;
  if (config.embedding.pooling.value_or(Pooling::kNone) != Pooling::kNone) return *config.embedding.pooling;
  if (num_labels() > 0 || (!is_encoder() && is_named(*this, "reranker"))) return Pooling::kRank;
  return !is_encoder() && is_named(*this, "embedding") ? Pooling::kLast : Pooling::kMean;
}

size_t LoadedModel::embedding_size() const {
  return size_t(encoder_ != nullptr ? encoder_->embedding_size() : model().config().hidden_size);
}

size_t LoadedModel::num_token_types() const {
  return encoder_ != nullptr ? size_t(encoder_->num_token_types()) : 1;
}

size_t LoadedModel::num_labels() const {
  return size_t(encoder_ != nullptr ? encoder_->num_labels() : model_->num_labels());
}

bool LoadedModel::scores() const {
  if (num_labels() > 0) return num_labels() <= 2;
  return !is_encoder() && pooling() == Pooling::kRank;
}

size_t LoadedModel::relevant_label() const {
  const std::vector<std::string>& labels = model().config().embedding.labels;
  if (const auto yes = std::ranges::find(labels, "yes"); yes != labels.end())
    return size_t(yes - labels.begin());
  // A causal model's are its answers yes and no; a classifier counts up from what is not so.
  return is_encoder() && num_labels() == 2 ? 1 : 0;
}

std::string LoadedModel::rerank_template() const {
  if (is_encoder() || !scores()) return {};
  const auto named = files().chat_templates(no_log()).named;
  const auto own = named.find("rerank");
  return own != named.end() ? own->second : std::string(default_rerank_template());
}

Result<ModelRunner> LoadedModel::runner() {
  if (model_ != nullptr) return ModelRunner(*model_, *cache_);
  return fail_hint(ErrorCode::kUnsupported,
                   "use a model that writes text; hearth embed makes vectors with this one",
                   "{} is an encoder, which reads texts and writes none", path().filename().string());
}

/// The answers whose logits are the scores of a reranker that has no head for them.
Result<std::vector<TokenId>> LoadedModel::score_tokens() {
  std::vector<TokenId> tokens;
  if (!scores() || num_labels() > 0) return tokens;
  for (const char* answer : {"yes", "no"}) {
    const auto ids = TRY(TRY(tokenizer())->encode(answer, {.add_special = false, .parse_special = false}));
    if (ids.size() != 1) {
      return fail_hint(ErrorCode::kUnsupported, "use a reranker, or leave --pooling rank out",
                       "the model cannot rank: '{}', which it would answer, is {} tokens in its vocabulary",
                       answer, ids.size());
    }
    tokens.push_back(ids[0]);
  }
  return tokens;
}

Result<std::unique_ptr<Engine>> LoadedModel::make_engine() {
  if (encoder_ != nullptr) {
    return std::make_unique<EncoderEngine>(*encoder_,
                                           EncoderEngineOptions{.context = context(),
                                                                .max_running = options().num_sequences,
                                                                .max_waiting = options().max_waiting,
                                                                .clock = steady_clock()});
  }
  const Tokenizer* text = TRY(tokenizer());
  return std::make_unique<CausalEngine>(*model_, *cache_, *text,
                                        EngineOptions{.context = context(),
                                                      .max_running = options().num_sequences,
                                                      .max_waiting = options().max_waiting,
                                                      .sampling = &threads(),
                                                      .spill = spill(),
                                                      .speculation = speculation(),
                                                      .score_tokens = TRY(score_tokens()),
                                                      .log = log_,
                                                      .clock = steady_clock()});
}

Result<Engine*> LoadedModel::engine() {
  const std::scoped_lock lock(mutex_);
  if (!engine_) engine_ = TRY(make_engine());
  return engine_.get();
}

Result<EngineLoop*> LoadedModel::loop() {
  const std::scoped_lock lock(mutex_);
  if (!loop_) loop_ = TRY(EngineLoop::start(*TRY(engine())));
  return loop_.get();
}

}  // namespace hearth
