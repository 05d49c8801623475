#include "api/openai/completions.h"

#include "api/call/api_error.h"
#include "api/call/logprobs.h"
#include "api/dialects/openai.h"
#include "api/openai/envelope.h"
#include "api/prompt/completion_prompts.h"

namespace hearth::api {
namespace {

struct CompletionCall {
  const Tokenizer* tokenizer = nullptr;
  GenerationParameters parameters;
  std::vector<CompletionPrompt> prompts;
  bool echo = false;
  bool logprobs = false;
};

class CompletionExchange final : public Exchange {
 public:
  CompletionExchange(CompletionCall call, OpenAiEnvelope envelope)
      : call_(std::move(call)),
        envelope_(std::move(envelope)),
        choices_(call_.prompts.size() * call_.parameters.num_choices) {
    for (size_t i = 0; i < choices_.num_choices(); ++i) {
      logprobs_.emplace_back(*call_.tokenizer);
    }
  }

  const std::string& id() const override { return envelope_.id(); }
  bool streams() const override { return call_.parameters.stream; }
  const Dialect& dialect() const override { return *dialect_openai(); }
  std::vector<std::string> notes() const override { return call_.parameters.notes; }

  std::vector<GenerateRequest> take_requests() override {
    std::vector<GenerateRequest> requests;
    for (size_t i = 0; i < choices_.num_choices(); ++i) {
      requests.push_back(make_request(call_.parameters, prompt(i).prompt, i % call_.parameters.num_choices));
      if (call_.echo && call_.logprobs) {
        requests.back().prompt_logprobs = call_.parameters.sampling.num_logprobs;
      }
    }
    return requests;
  }

  std::vector<StreamFrame> begin() override {
    std::vector<StreamFrame> frames;
    // With log-probabilities it has to wait for them.
    if (!call_.echo || call_.logprobs) return frames;
    for (size_t i = 0; i < choices_.num_choices(); ++i) frames.push_back(chunk(i, prompt(i).text, nullptr));
    return frames;
  }

  std::vector<StreamFrame> accept(const ChoiceEvent& event) override {
    choices_.accept(event);
    std::vector<StreamFrame> frames;
    if (!streams()) return frames;
    if (const auto error = choices_.error_of_all()) {
      frames.push_back(error_frame(run_error(*error)));
      return frames;
    }
    if (!event.prompt_logprobs.empty()) {
      CompletionLogprobs& logprobs = logprobs_[event.choice];
      logprobs.add_prompt(event.prompt_logprobs);
      frames.push_back(chunk(event.choice, prompt(event.choice).text, logprobs.take()));
    }
    const bool has_logprobs = call_.logprobs && !event.tokens.empty();
    const std::string text = text_of(event.parts);
    if (!text.empty() || has_logprobs || event.result) {
      Json logprobs;
      if (has_logprobs) {
        logprobs_[event.choice].add(event.tokens);
        logprobs = logprobs_[event.choice].take();
      }
      frames.push_back(chunk(event.choice, text, std::move(logprobs), event.result));
    }
    if (choices_.done()) envelope_.add_usage(usage(), frames);
    return frames;
  }

  Result<Json> body() override {
    if (auto error = choices_.error_of_all()) return std::unexpected(std::move(*error));
    Json choices = Json::array();
    for (size_t i = 0; i < choices_.num_choices(); ++i) choices.push_back(choice_json(i));
    return envelope_.body(std::move(choices), usage(), *choices_.choice(0).result);
  }

 private:
  const CompletionPrompt& prompt(size_t choice) const {
    return call_.prompts[choice / call_.parameters.num_choices];
  }

  Usage usage() const { return total_usage(choices_, call_.parameters.num_choices); }

  Json choice_json(size_t index) {
    const Choice& choice = choices_.choice(index);
    Json logprobs;
    if (call_.logprobs) {
      if (call_.echo) logprobs_[index].add_prompt(choice.prompt_logprobs);
      logprobs_[index].add(choice.tokens);
      logprobs = logprobs_[index].take();
    }
    Json json = {{"text", (call_.echo ? prompt(index).text : std::string()) + choice.text()},
                 {"index", index},
                 {"logprobs", std::move(logprobs)},
                 {"finish_reason", finish_reason(*choice.result)}};
    if (const auto error = error_of(*choice.result)) OpenAiEnvelope::set_failed(*error, json);
    add_quotes(call_.parameters.form, choice.text(), json);
    return json;
  }

  StreamFrame chunk(size_t index, const std::string& text, Json logprobs,
                    const std::optional<GenerateResult>& result = std::nullopt) const {
    Json choice = {{"text", text},
                   {"index", index},
                   {"logprobs", std::move(logprobs)},
                   {"finish_reason", result ? Json(finish_reason(*result)) : Json(nullptr)}};
    const auto error = result ? error_of(*result) : std::nullopt;
    if (error) OpenAiEnvelope::set_failed(*error, choice);
    if (result) add_quotes(call_.parameters.form, choices_.choice(index).text(), choice);
    return envelope_.chunk(std::move(choice), result);
  }

  CompletionCall call_;
  OpenAiEnvelope envelope_;
  Choices choices_;
  std::vector<CompletionLogprobs> logprobs_;  ///< one for each choice
};

/// What OpenAI's API generates where nothing is said.
constexpr size_t kDefaultMaxTokens = 16;

// Routers write false for none, as in chats.
constexpr Schema kLogprobsForms[] = {
    Schema::integer(0, kMaxTopLogprobs),
    Schema::only("[false]", "true is what chats take: give the number of others beside each token")};

constexpr Parameter kParameters[] = {
    {"echo", Schema::boolean(), "Puts the prompt in front of the text.", "false"},
    {"logprobs", Schema::either(kLogprobsForms),
     "Adds the log-probabilities of the tokens, and of so many others of each place."},
    {"best_of", Schema::integer(1, kMaxChoices), "Where given, the value of n."},
};

/// `best_of` draws more choices than it returns, which is not done here.
Status read_best_of(Parameters& parameters, size_t num_choices) {
  const auto best_of = parameters.integer("best_of");
  if (!best_of || size_t(*best_of) == num_choices) return {};
  return fail_hint(ErrorCode::kUnsupported, "leave it out, or give it the value of n",
                   "best_of: choosing among more completions than are returned is not supported");
}

}  // namespace

ParameterList completion_parameters() {
  ParameterList list = {kModelName, kParameters};
  list.add(prompt_parameters());
  list.add(openai_parameters());
  return list;
}

Result<std::unique_ptr<Exchange>> make_completion(const Json& body, const ApiCall& call) {
  auto parameters = TRY(Parameters::check(body, completion_parameters(), call));
  CompletionCall completion;
  GenerationParameters& generation = completion.parameters;
  generation = TRY(read_generation(parameters, call));
  const bool says_length = parameters.find("max_tokens") != nullptr ||
                           parameters.find("n_predict") != nullptr ||
                           parameters.find("max_completion_tokens") != nullptr;
  if (!says_length) generation.max_tokens = kDefaultMaxTokens;
  completion.prompts = TRY(read_prompts(parameters, call));
  completion.echo = parameters.flag("echo");
  const Json* logprobs = parameters.find("logprobs");
  completion.logprobs = logprobs != nullptr && *logprobs != false;
  if (completion.logprobs) generation.sampling.num_logprobs = int(*parameters.integer("logprobs"));
  TRY(read_best_of(parameters, generation.num_choices));
  parameters.finish();
  TRY(compile_form(generation.form, call));
  if (completion.prompts.size() * generation.num_choices > kMaxPrompts) {
    return fail(ErrorCode::kInvalidArgument, "n: prompts times n must be at most {}", kMaxPrompts);
  }
  for (const CompletionPrompt& prompt : completion.prompts)
    TRY(about(prompt.path, check_prompt(prompt.prompt, generation)));
  completion.tokenizer = call.model->tokenizer;
  OpenAiEnvelope envelope("cmpl-", {"text_completion", "text_completion"}, call, generation);
  return std::make_unique<CompletionExchange>(std::move(completion), std::move(envelope));
}

}  // namespace hearth::api
