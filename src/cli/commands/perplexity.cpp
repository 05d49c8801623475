#include "engine/measure/perplexity.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/chat/interrupt.h"
#include "cli/command.h"
#include "cli/session.h"
#include "cli/session_options.h"
#include "cli/terminal.h"

namespace hearth::cli {
namespace {

constexpr size_t kMaxText = size_t(1) << 30;

struct PerplexityOptions {
  SessionOptions session;
  std::string text, base, save;
  size_t context = 512;
  size_t chunks = 0;
  bool json = false;
};

Result<std::vector<TokenId>> text_tokens(LoadedModel& session, const PerplexityOptions& options) {
  const std::string text =
      options.text == "-" ? TRY(read_standard_input(kMaxText)) : TRY(read_file(options.text, kMaxText));
  const Tokenizer* tokenizer = TRY(session.tokenizer());
  std::vector<TokenId> tokens = TRY(tokenizer->encode(text, {.add_special = true, .parse_special = false}));
  size_t num_chunks = tokens.size() / options.context;
  if (num_chunks == 0) {
    return fail_hint(ErrorCode::kInvalidArgument, "give a longer text or a smaller --ctx",
                     "the text has {} tokens, a chunk {}", tokens.size(), options.context);
  }
  if (options.chunks > 0) num_chunks = std::min(num_chunks, options.chunks);
  tokens.resize(num_chunks * options.context);
  return tokens;
}

std::vector<TokenId> base_tokens(const LogprobFile& base, size_t num_chunks) {
  std::vector<TokenId> tokens;
  for (size_t chunk = 0; chunk < std::min(base.num_chunks(), num_chunks); ++chunk) {
    const std::vector<TokenId> part = base.tokens(chunk);
    tokens.insert(tokens.end(), part.begin(), part.end());
  }
  return tokens;
}

void print_table(const PerplexityResult& result) {
  print_out("perplexity       {:.4f} +- {:.4f} over {} tokens\n", result.perplexity.mean,
            result.perplexity.error, result.num_tokens);
  if (!result.comparison) return;
  const PerplexityResult::Comparison& other = *result.comparison;
  print_out("base perplexity  {:.4f} +- {:.4f}\n", other.perplexity.mean, other.perplexity.error);
  print_out("KL divergence    {:.6f} +- {:.6f}, median {:.6f}, 99 % {:.6f}, highest {:.6f}\n",
            other.divergence.mean, other.divergence.error, other.median_divergence, other.p99_divergence,
            other.max_divergence);
  print_out("same top token   {:.3f} %\n", 100.0 * other.same_top);
  print_out("rms difference   {:.3f} % of the true token's probability\n", 100.0 * other.rms_dp);
}

void print_json(const PerplexityResult& result) {
  nlohmann::ordered_json json = {{"tokens", result.num_tokens},
                                 {"perplexity", result.perplexity.mean},
                                 {"perplexity_error", result.perplexity.error}};
  if (result.comparison) {
    const PerplexityResult::Comparison& other = *result.comparison;
    json["base_perplexity"] = other.perplexity.mean;
    json["mean_kld"] = other.divergence.mean;
    json["mean_kld_error"] = other.divergence.error;
    json["median_kld"] = other.median_divergence;
    json["p99_kld"] = other.p99_divergence;
    json["max_kld"] = other.max_divergence;
    json["top1_agreement"] = other.same_top;
    json["rms_dp"] = other.rms_dp;
  }
  print_out("{}\n", json.dump(2));
}

Status perplexity(PerplexityOptions options) {
  std::optional<LogprobFile> base;
  if (!options.base.empty()) {
    base = TRY(LogprobFile::open(options.base));
    options.context = base->context();
  } else if (options.text.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "name a text file, or a base with --kl-divergence-base",
                     "there is no text");
  }
  options.session.load.context = options.context;
  const auto session = TRY(open_session(options.session, stderr_log(false)));
  const size_t vocab_size = size_t(session->model().config().vocab_size);
  if (base && base->vocab_size() != vocab_size) {
    return fail(ErrorCode::kInvalidArgument, "the base is of a vocabulary of {} tokens, the model's has {}",
                base->vocab_size(), vocab_size);
  }
  PerplexityInput input;
  input.context = options.context;
  input.other = base ? &*base : nullptr;
  const size_t num_chunks = options.chunks > 0 ? options.chunks : size_t(-1);
  input.tokens = base ? base_tokens(*base, num_chunks) : TRY(text_tokens(*session, options));
  const Vocab& vocab = TRY(session->tokenizer())->vocab();
  if (vocab.add_bos()) input.first_token = vocab.bos_id();
  std::optional<LogprobWriter> writer;
  if (!options.save.empty()) {
    writer = TRY(LogprobWriter::create(options.save, options.context, vocab_size, input.tokens));
    input.save = &*writer;
  }

  ModelRunner runner = TRY(session->runner());
  InterruptGuard interrupt;
  bool stopped = false;
  const PerplexityResult result =
      TRY(measure_perplexity(runner, input, [&](size_t chunk, const PerplexityResult& so_far) {
        if (!options.json) print_err("[{}]{:.4f} ", chunk + 1, so_far.perplexity.mean);
        return !(stopped = interrupt.take());
      }));
  if (!options.json) print_text(stderr, "\n");
  if (writer) TRY(writer->finish());
  options.json ? print_json(result) : print_table(result);
  if (stopped) return fail(ErrorCode::kCancelled, "stopped by Ctrl-C");
  return {};
}

void add_options(Arguments& arguments, PerplexityOptions& options) {
  add_model(arguments, "-m,--model", options.session.model).required();
  arguments.option("FILE,-f,--file", options.text, word("FILE"), "the text; - is standard input");
  arguments.option("--kl-divergence-base", options.base, word("FILE"),
                   "compare with the log-probabilities in this file of llama-perplexity's; its text is used");
  arguments.option("--save-base", options.save, word("FILE"), "write the log-probabilities to such a file");
  arguments.option("-c,--ctx", options.context, number(size_t(4), size_t(1) << 24),
                   "tokens of a chunk, the second half of which counts");
  arguments.option("--chunks", options.chunks, number(size_t(0)), "only this many chunks")
      .unless_given("0, all");
  arguments.flag("--json", options.json, "print JSON");
  add_threads_option(arguments, options.session);
  add_kv_type_option(arguments, options.session);
  add_backend_options(arguments, options.session);
}

}  // namespace

Command command_perplexity() {
  return {"perplexity", "Measure how well a model predicts a text, or differs from another",
          [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<PerplexityOptions>();
            add_options(arguments, *options);
            return [options] { return perplexity(*options); };
          }};
}

}  // namespace hearth::cli
