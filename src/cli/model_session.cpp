#include "cli/model_session.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "backend/backends.h"
#include "backend/host_memory.h"
#include "base/cpu_topology.h"
#include "cli/arguments/value_kind.h"
#include "engine/memory/system_memory.h"
#include "engine/speculate/draft_vocabulary.h"
#include "formats/open_model_files.h"
#include "store/model_path.h"

namespace hearth::cli {
namespace {

// What a draft model guesses at once where nobody says how many.
constexpr size_t kDraftTokens = 8;

constexpr std::array<std::pair<std::string_view, DType>, 5> kKvTypes = {{{"f16", DType::kF16},
                                                                         {"f32", DType::kF32},
                                                                         {"bf16", DType::kBF16},
                                                                         {"q8_0", DType::kQ8_0},
                                                                         {"q4_0", DType::kQ4_0}}};

Result<DType> parse_kv_type(std::string_view name) {
  for (const auto& [known, dtype] : kKvTypes) {
    if (known == name) return dtype;
  }
  return fail_hint(ErrorCode::kInvalidArgument, "use " + either(kv_type_names()), "there is no KV type '{}'",
                   name);
}

Result<std::unique_ptr<Backend>> make_backend(const SessionOptions& options, ThreadPool& pool) {
  if (options.precision == "f32") return make_reference_backend(pool);
  if (options.precision == "auto") return make_cpu_backend(pool, options.isa);
  return fail_hint(ErrorCode::kInvalidArgument, "use auto or f32", "there is no precision '{}'",
                   options.precision);
}

size_t draft_tokens(const SessionOptions& options) {
  return options.draft_tokens.value_or(options.draft_model.empty() ? 0 : kDraftTokens);
}

/// The draft model's file, once it is known to speak the model's language.
Result<std::unique_ptr<ModelFiles>> open_draft(const SessionOptions& options, const ModelFiles& files,
                                               const LogSink& log) {
  if (draft_tokens(options) == 0) {
    return fail_hint(ErrorCode::kInvalidArgument, "raise --draft-tokens, or leave --draft-model out",
                     "a draft model that may guess 0 tokens is of no use");
  }
  std::unique_ptr<ModelFiles> draft = TRY(open_model_files(TRY(resolve_model(options.draft_model)), log));
  const Vocab vocab = TRY(Vocab::create(TRY(files.vocabulary(no_log()))));
  TRY(check_draft_vocabulary(vocab, TRY(draft->vocabulary(no_log()))));
  return draft;
}

}  // namespace

std::vector<std::string> kv_type_names() {
  std::vector<std::string> names;
  for (const auto& [name, dtype] : kKvTypes) names.emplace_back(name);
  return names;
}

Clock steady_clock() {
  return [] { return std::chrono::steady_clock::now().time_since_epoch(); };
}

Result<OpenedModel> open_model(const SessionOptions& options, const LogSink& log) {
  std::filesystem::path path = TRY(resolve_model(options.model));
  std::unique_ptr<ModelFiles> files = TRY(open_model_files(path, log));
  std::unique_ptr<ModelFiles> draft;
  if (!options.draft_model.empty()) draft = TRY(open_draft(options, *files, log));
  use_huge_pages(options.huge_pages);
  auto pool = std::make_unique<ThreadPool>(options.threads > 0 ? options.threads : default_threads(),
                                           options.pin_threads ? thread_processors() : std::vector<int>());
  auto backend = TRY(make_backend(options, *pool));
  const DType kv_dtype = options.precision == "f32" ? DType::kF32 : TRY(parse_kv_type(options.kv_type));
  MemoryPlan plan = TRY(plan_memory(*files, *backend,
                                    {.context = options.context,
                                     .kv_dtype = kv_dtype,
                                     .num_sequences = options.num_sequences,
                                     .kv_tokens = options.kv_tokens,
                                     .max_batch_tokens = options.max_batch_tokens,
                                     .available = available_memory(),
                                     .draft = draft.get(),
                                     .max_draft_rows = draft_tokens(options) > 0 ? kMaxDraftRows : 0}));
  return OpenedModel{std::move(path), std::move(files),   std::move(draft),
                     std::move(pool), std::move(backend), std::move(plan)};
}

Result<std::unique_ptr<ModelSession>> ModelSession::open(const SessionOptions& options, const LogSink& log) {
  const auto begin = std::chrono::steady_clock::now();
  OpenedModel opened = TRY(open_model(options, log));
  auto session = std::unique_ptr<ModelSession>(new ModelSession(std::move(opened), options, log));
  const int wanted = options.threads > 0 ? options.threads : default_threads();
  if (session->pool().size() < wanted) {
    log(LogLevel::kWarning,
        fmt::format("it runs on {} of {} threads: the system gives no more (ulimit -u, ulimit -v)",
                    session->pool().size(), wanted));
  }
  const MemoryPlan& plan = session->plan();
  if (plan.reduced) {
    log(LogLevel::kWarning,
        fmt::format("the context is {} tokens, not the model's {}: no more fits into {} of memory",
                    plan.context, plan.trained_context, format_bytes(plan.available.value_or(0))));
  } else if (plan.context > plan.trained_context) {
    log(LogLevel::kWarning,
        fmt::format("the context of {} tokens is longer than the {} the model was trained on", plan.context,
                    plan.trained_context));
  }
  session->model_ = TRY(load_model(
      session->files(), session->backend(),
      {.max_batch_tokens = int(options.max_batch_tokens), .context_limit = int(plan.context), .log = log}));
  session->cache_ = TRY(KvCache::create(session->backend(), session->model_->cache_specs(), plan.kv));
  if (session->opened_.draft_files) TRY(session->load_draft());
  session->load_time_ = std::chrono::steady_clock::now() - begin;
  return session;
}

Status ModelSession::load_draft() {
  draft_model_ = TRY(load_model(
      *opened_.draft_files, backend(),
      {.max_batch_tokens = int(options_.max_batch_tokens), .context_limit = int(context()), .log = log_}));
  draft_cache_ = TRY(KvCache::create(backend(), draft_model_->cache_specs(), plan().draft->kv));
  return {};
}

SpeculationOptions ModelSession::speculation() {
  return {.max_drafts = draft_tokens(options_),
          .draft = draft_model_.get(),
          .draft_cache = draft_cache_ ? &*draft_cache_ : nullptr};
}

/// What is kept on disk was computed with the model's own weights; a draft model changes none of it.
SpillOptions ModelSession::spill() {
  SpillOptions spill = options_.spill;
  if (spill.folder.empty()) return spill;
  digest_ = std::make_unique<WeightsDigest>(files().files(), options_.digests, log_);
  spill.model_digest = [digest = digest_.get()] { return digest->get(); };
  return spill;
}

Result<const Tokenizer*> ModelSession::tokenizer() {
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

bool ModelSession::has_own_chat_template() const {
  return files().chat_templates(no_log()).default_source.has_value();
}

Result<const ChatTemplate*> ModelSession::chat_template() {
  if (!chat_template_) {
    const Vocab& vocab = TRY(tokenizer())->vocab();
    const auto text_of = [&](std::optional<TokenId> id) {
      return id ? std::optional(std::string(vocab.text(*id))) : std::nullopt;
    };
    const ChatTemplateOptions options{.bos_token = text_of(vocab.bos_id()),
                                      .eos_token = text_of(vocab.eos_id())};
    const ChatTemplateSources sources = files().chat_templates(log_);
    if (sources.default_source) {
      Result<ChatTemplate> own = ChatTemplate::parse(*sources.default_source, options);
      if (own) {
        chat_template_ = std::move(*own);
      } else {
        log_(LogLevel::kWarning,
             fmt::format("the model's {}; ChatML is used in its place", own.error().message));
      }
    }
    if (!chat_template_) {
      chat_template_ = TRY(ChatTemplate::parse(std::string(default_chat_template()), options));
    }
  }
  return &*chat_template_;
}

Result<Engine*> ModelSession::engine() {
  if (!engine_) {
    const Tokenizer* text = TRY(tokenizer());
    engine_ = std::make_unique<Engine>(*model_, *cache_, *text,
                                       EngineOptions{.context = context(),
                                                     .max_running = options_.num_sequences,
                                                     .max_waiting = options_.max_waiting,
                                                     .sampling = &pool(),
                                                     .spill = spill(),
                                                     .speculation = speculation(),
                                                     .log = log_,
                                                     .clock = steady_clock()});
  }
  return engine_.get();
}

}  // namespace hearth::cli
