#include "api/parameters/generation_parameters.h"

#include <algorithm>

#include "api/parameters/keep_alive.h"
#include "api/parameters/logit_bias.h"
#include "api/parameters/sampler_parameters.h"
#include "api/parameters/token_ids.h"

namespace hearth::api {
namespace {

constexpr Schema kTokenId = Schema::token_id();

constexpr Parameter kCommon[] = {
    {"stop_token_ids", Schema::array(kTokenId, 0, kMaxStopTokens), "Tokens that end the completion."},
    {"allowed_token_ids", Schema::array(kTokenId, 1, kMaxAllowedTokens),
     "No other tokens are drawn; those that end the turn must be among them to be."},
    {"keep_alive", kKeepAlive, "Accepted for clients that send it: the model stays loaded."},
    {"min_tokens", Schema::integer(0, kMaxTokenCount),
     "Nothing but max_tokens ends the completion before these.", "0"},
    {"ignore_eos", Schema::boolean(), "The end of the turn does not end the completion.", "false"},
    {"skip_special_tokens", Schema::boolean(), "false: control tokens are spelt out.", "true"},
    {"priority", Schema::integer(-1000, 1000), "Lower goes first, as in vLLM.", "0"},
    {"cache_salt", Schema::text(0, kMaxNameSize),
     "Computed prefixes are shared only among requests with the same."},
    {"num_ctx", Schema::integer(1, kMaxTokenCount),
     "Most tokens of prompt and completion, where less than the server's context."},
    {"timings", Schema::boolean(), "Adds what took how long.", "false"},
    {"timings_per_token", Schema::boolean(), "The same as timings.", "false"},
};

constexpr Parameter kStreamOptions[] = {
    {"include_usage", Schema::boolean(), "A last chunk tells the usage.", "false"},
    // Padding against those who watch the line; what is asked for here never leaves the machine.
    {"include_obfuscation", Schema::boolean(), "Left aside."},
    {"continuous_usage_stats", Schema::only("[false]", "usage is told at the end alone"), ""},
};

constexpr Schema kCount = Schema::integer(-1, kMaxTokenCount);

constexpr Parameter kOpenAi[] = {
    {"n_predict", kCount, "The same as max_tokens."},
    {"max_tokens", kCount, "-1: as far as the context goes."},
    {"max_completion_tokens", kCount, "The same as max_tokens."},
    {"stop", kStops, "Texts that end the completion and are not part of it."},
    {"n_cmpl", Schema::integer(1, kMaxChoices), "The same as n."},
    {"n", Schema::integer(1, kMaxChoices), "Completions of each prompt.", "1"},
    {"stream", Schema::boolean(), "Sends the response as server-sent events.", "false"},
    {"stream_options", Schema::object(kStreamOptions), "What a stream holds beside the completion."},
};

/// Both salts must match for a prefix to be shared, and no caller can spell another's.
std::string join_salts(const std::string& of_caller, const std::string& of_request) {
  if (of_request.empty()) return of_caller;
  return fmt::format("{}:{}{}", of_caller.size(), of_caller, of_request);
}

}  // namespace

void GenerationParameters::add_notes(std::vector<std::string> more) {
  for (std::string& note : more) notes.push_back(std::move(note));
}

std::vector<std::string> read_stops(Parameters& parameters, std::string_view name) {
  const Json* value = parameters.find(name);
  if (value == nullptr) return {};
  if (value->is_string()) return {value->get<std::string>()};
  return value->get<std::vector<std::string>>();
}

ParameterList common_parameters() {
  ParameterList list = sampler_parameters();
  list.add(kLogitBias);
  list.add({kCommon});
  list.add(form_parameters());
  return list;
}

Result<GenerationParameters> read_common_generation(Parameters& parameters, const ApiCall& call) {
  return read_common_generation(parameters, call, call.model->default_sampling);
}

Result<GenerationParameters> read_common_generation(Parameters& parameters, const ApiCall& call,
                                                    SamplingParams defaults) {
  const ApiModel& model = *call.model;
  GenerationParameters read;
  read.sampling = std::move(defaults);
  read.tenant = call.tenant;
  read_sampler(parameters, read.sampling);
  TRY(read_logit_bias(parameters, *model.tokenizer, read.sampling.logit_bias));
  if (const Json* ids = parameters.find("stop_token_ids")) read.stop_token_ids = read_token_ids(*ids);
  if (const Json* ids = parameters.find("allowed_token_ids")) {
    TokenMask allowed(model.tokenizer->vocab().size());
    for (const TokenId id : read_token_ids(*ids)) allowed.allow(id);
    read.allowed_tokens = std::make_shared<const TokenMask>(std::move(allowed));
  }
  read.form = TRY(read_form(parameters));
  parameters.find("keep_alive");
  read.min_tokens = size_t(*parameters.integer("min_tokens"));
  read.ignore_eos = parameters.flag("ignore_eos");
  read.render_special = !parameters.flag("skip_special_tokens");
  read.priority = int(*parameters.integer("priority"));
  read.cache_salt = join_salts(call.cache_salt, parameters.text("cache_salt").value_or(""));
  read.context = model.context;
  if (const auto context = parameters.integer("num_ctx")) {
    read.context = std::min(model.context, size_t(*context));
    if (size_t(*context) > model.context) {
      read.notes.push_back(fmt::format("{}: is {}, but the model was loaded with a context of {}",
                                       parameters.path_of("num_ctx"), *context, model.context));
    }
  }
  for (const std::string_view name : {"timings", "timings_per_token"}) {
    if (parameters.flag(name)) read.timings = true;
  }
  TRY(validate(read.sampling, model.tokenizer->vocab().size()));
  return read;
}

ParameterList openai_parameters() {
  ParameterList list = common_parameters();
  list.add({kOpenAi});
  return list;
}

Result<GenerationParameters> read_generation(Parameters& parameters, const ApiCall& call) {
  GenerationParameters read = TRY(read_common_generation(parameters, call));
  // Of names that mean the same, the last one here wins.
  for (const std::string_view name : {"n_predict", "max_tokens", "max_completion_tokens"}) {
    const auto count = parameters.integer(name);
    if (!count) continue;
    read.max_tokens.reset();
    if (*count >= 0) read.max_tokens = size_t(*count);
  }
  read.stop = read_stops(parameters, "stop");
  const auto same_as_n = parameters.integer("n_cmpl");
  const bool has_n = parameters.find("n") != nullptr;
  read.num_choices = size_t(same_as_n && !has_n ? *same_as_n : *parameters.integer("n"));
  read.stream = parameters.flag("stream");
  if (auto options = parameters.object("stream_options")) {
    read.include_usage = options->flag("include_usage");
  }
  return read;
}

GenerateRequest make_request(const GenerationParameters& parameters, Prompt prompt, size_t choice) {
  GenerateRequest request;
  const size_t room = parameters.context - prompt.size();
  request.max_tokens = std::min(parameters.max_tokens.value_or(room), room);
  request.min_tokens = std::min(parameters.min_tokens, *request.max_tokens);
  request.prompt = std::move(prompt);
  request.sampling = parameters.sampling;
  if (request.sampling.seed) *request.sampling.seed += choice;
  request.priority = parameters.priority;
  request.tenant = parameters.tenant;
  request.stop = parameters.stop;
  request.stop_token_ids = parameters.stop_token_ids;
  if (parameters.allowed_tokens) request.constraints.push_back(allow_only(parameters.allowed_tokens));
  if (auto constraint = make_constraint(parameters.form, *request.max_tokens))
    request.constraints.push_back(std::move(constraint));
  request.jump_forward = parameters.form.jump_forward;
  request.ignore_eos = parameters.ignore_eos;
  request.render_special = parameters.render_special;
  request.cache_salt = parameters.cache_salt;
  return request;
}

Status check_prompt(const Prompt& prompt, const GenerationParameters& parameters) {
  if (prompt.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give it at least one token", "the prompt is empty");
  }
  const bool generates = parameters.max_tokens != size_t{0};
  if (prompt.size() + size_t(generates) <= parameters.context) {
    const size_t room = parameters.context - prompt.size();
    return check_budget(parameters.form, std::min(parameters.max_tokens.value_or(room), room));
  }
  return fail_hint(ErrorCode::kContextOverflow, "shorten the prompt, or start with a larger context",
                   "the prompt has {} tokens, but the context holds {}{}", prompt.size(), parameters.context,
                   generates ? " with the completion" : "");
}

}  // namespace hearth::api
