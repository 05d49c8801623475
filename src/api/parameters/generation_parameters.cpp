#include "api/parameters/generation_parameters.h"

#include <algorithm>

#include "api/parameters/logit_bias.h"
#include "api/parameters/sampler_parameters.h"
#include "api/parameters/token_ids.h"
#include "text/unicode/utf8.h"

namespace hearth::api {
namespace {

/// A count of tokens where -1 means as many as fit.
Status read_max_tokens(ParameterReader& reader, GenerationParameters& parameters) {
  // Of names that mean the same, the last one here wins.
  for (const std::string_view name : {"n_predict", "max_tokens", "max_completion_tokens"}) {
    const auto count = TRY(reader.integer(name, -1, kMaxTokenCount));
    if (!count) continue;
    parameters.max_tokens.reset();
    if (*count >= 0) parameters.max_tokens = size_t(*count);
  }
  return {};
}

Status read_stop_tokens(ParameterReader& reader, const Vocab& vocab, std::vector<TokenId>& out) {
  const Json* ids = reader.find("stop_token_ids");
  if (ids == nullptr) return {};
  if (!ids->is_array() || ids->size() > kMaxStopTokens) {
    return fail(ErrorCode::kInvalidArgument, "stop_token_ids: must be an array of at most {} token ids",
                kMaxStopTokens);
  }
  out = TRY(read_token_ids(*ids, "stop_token_ids", vocab));
  return {};
}

/// A duration as Ollama writes it: seconds, or a number with a unit. The one model stays loaded, so only its
/// form matters.
Status read_keep_alive(ParameterReader& reader) {
  const Json* value = reader.find("keep_alive");
  if (value == nullptr || value->is_number()) return {};
  if (value->is_string()) {
    std::string_view text = value->get_ref<const std::string&>();
    if (text.starts_with('-')) text.remove_prefix(1);
    const size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string_view unit = text.substr(digits);
    static constexpr std::string_view kUnits[] = {"", "ms", "s", "m", "h"};
    if (digits > 0 && std::ranges::find(kUnits, unit) != std::end(kUnits)) return {};
  }
  return fail_hint(ErrorCode::kInvalidArgument, "write 300, \"5m\", \"24h\" or -1",
                   "keep_alive: must be a duration");
}

/// Both salts must match for a prefix to be shared, and no caller can spell another's.
std::string join_salts(const std::string& of_caller, const std::string& of_request) {
  if (of_request.empty()) return of_caller;
  return fmt::format("{}:{}{}", of_caller.size(), of_caller, of_request);
}

Status read_stream_options(ParameterReader& reader, GenerationParameters& parameters) {
  const Json* value = reader.find("stream_options");
  if (value == nullptr) return {};
  auto options = TRY(ParameterReader::of(*value, "stream_options"));
  parameters.include_usage = TRY(options.boolean("include_usage")).value_or(false);
  // Padding against those who watch the line; what is asked for here never leaves the machine.
  TRY(options.boolean("include_obfuscation"));
  if (TRY(options.boolean("continuous_usage_stats")).value_or(false)) {
    return fail_hint(ErrorCode::kUnsupported, "leave it out",
                     "stream_options.continuous_usage_stats: usage is told at the end alone");
  }
  return options.finish(false);
}

}  // namespace

Status read_stops(ParameterReader& reader, std::string_view name, std::vector<std::string>& stops) {
  const Json* value = reader.find(name);
  if (value == nullptr) return {};
  const auto add = [&](const Json& stop, const std::string& path) -> Status {
    const size_t length = stop.is_string() ? count_code_points(stop.get_ref<const std::string&>()) : 0;
    if (length < 1 || length > kMaxStopLength) {
      return fail(ErrorCode::kInvalidArgument, "{}: must be a string of 1 to {} characters", path,
                  kMaxStopLength);
    }
    stops.push_back(stop.get<std::string>());
    return {};
  };
  if (value->is_string()) return add(*value, reader.path_of(name));
  if (!value->is_array() || value->size() > kMaxStops) {
    return fail(ErrorCode::kInvalidArgument, "{}: must be a string or an array of at most {} of them",
                reader.path_of(name), kMaxStops);
  }
  for (size_t i = 0; i < value->size(); ++i) {
    TRY(add((*value)[i], fmt::format("{}[{}]", reader.path_of(name), i)));
  }
  return {};
}

Result<GenerationParameters> read_common_generation(ParameterReader& reader, const ApiCall& call) {
  const ApiModel& model = *call.model;
  GenerationParameters parameters;
  parameters.sampling = model.default_sampling;
  parameters.tenant = call.tenant;
  TRY(read_sampler(reader, parameters.sampling));
  TRY(read_logit_bias(reader, *model.tokenizer, parameters.sampling.logit_bias));
  TRY(read_stop_tokens(reader, model.tokenizer->vocab(), parameters.stop_token_ids));
  TRY(read_keep_alive(reader));
  parameters.min_tokens = size_t(TRY(reader.integer("min_tokens", 0, kMaxTokenCount)).value_or(0));
  parameters.ignore_eos = TRY(reader.boolean("ignore_eos")).value_or(false);
  if (const auto skip = TRY(reader.boolean("skip_special_tokens"))) parameters.render_special = !*skip;
  parameters.priority = int(TRY(reader.integer("priority", -1000, 1000)).value_or(0));
  parameters.cache_salt =
      join_salts(call.cache_salt, TRY(reader.text("cache_salt", kMaxNameSize)).value_or(""));
  parameters.context = model.context;
  if (const auto context = TRY(reader.integer("num_ctx", 1, kMaxTokenCount))) {
    parameters.context = std::min(model.context, size_t(*context));
  }
  for (const std::string_view name : {"timings", "timings_per_token"}) {
    if (TRY(reader.boolean(name)).value_or(false)) parameters.timings = true;
  }
  TRY(validate(parameters.sampling, model.tokenizer->vocab().size()));
  return parameters;
}

Result<GenerationParameters> read_generation(ParameterReader& reader, const ApiCall& call) {
  auto parameters = TRY(read_common_generation(reader, call));
  TRY(read_max_tokens(reader, parameters));
  TRY(read_stops(reader, "stop", parameters.stop));
  for (const std::string_view name : {"n_cmpl", "n"}) {
    if (const auto count = TRY(reader.integer(name, 1, kMaxChoices))) parameters.num_choices = size_t(*count);
  }
  parameters.stream = TRY(reader.boolean("stream")).value_or(false);
  TRY(read_stream_options(reader, parameters));
  return parameters;
}

GenerateRequest make_request(const GenerationParameters& parameters, std::vector<TokenId> prompt,
                             size_t choice) {
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
  request.ignore_eos = parameters.ignore_eos;
  request.render_special = parameters.render_special;
  request.cache_salt = parameters.cache_salt;
  return request;
}

Status check_prompt(const std::vector<TokenId>& prompt, const GenerationParameters& parameters) {
  if (prompt.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give it at least one token", "the prompt is empty");
  }
  const bool answers = parameters.max_tokens != size_t{0};
  if (prompt.size() + size_t(answers) <= parameters.context) return {};
  return fail_hint(ErrorCode::kContextOverflow, "shorten the prompt, or start with a larger context",
                   "the prompt has {} tokens, but the context holds {}{}", prompt.size(), parameters.context,
                   answers ? " with the answer" : "");
}

}  // namespace hearth::api
