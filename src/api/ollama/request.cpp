#include "api/ollama/request.h"

#include <algorithm>

#include "api/parameters/parameter_reader.h"
#include "api/prompt/model_hints.h"

namespace hearth::api {
namespace {

constexpr int64_t kMostTopLogprobs = 20;
constexpr Schema kFormats[] = {Schema::text(0), Schema::structure()};

constexpr Parameter kGeneration[] = {
    {"format", Schema::either(kFormats), "\"json\" for any object, or a JSON Schema or its text."},
    {"options", Schema::elsewhere("OllamaOptions"), "How the text is drawn, and how much of it."},
    {"keep_alive", kKeepAlive,
     "How long the model stays loaded: seconds or a duration (\"5m\"); below 0 for ever."},
    {"truncate", Schema::boolean(),
     "true: what is oldest is left out of a prompt that does not fit. Otherwise it is refused."},
    {"shift", Schema::boolean(), "Left aside: a completion ends where the context ends."},
    {"logprobs", Schema::boolean(), "Adds the log-probabilities of the tokens.", "false"},
    {"top_logprobs", Schema::integer(0, kMostTopLogprobs), "How many others of each place beside them."},
    {"stream", Schema::boolean(), "Sends the response as lines of JSON.", "true"},
};

/// Whether a request asks for thoughts by Ollama's own name.
bool wants_thought(const Json& body) {
  const auto think = body.find("think");
  if (think == body.end()) return false;
  return think->is_string() ? *think != "none" && *think != "" : *think == true;
}

}  // namespace

ParameterList ollama_generation_parameters() {
  ParameterList list = {kModelName, kGeneration};
  list.add(hint_parameters());
  return list;
}

Result<OllamaModelWish> read_model_wish(const Json& body, OllamaCall::Kind kind) {
  auto reader = TRY(ParameterReader::of(body));
  OllamaModelWish wish;
  if (const Json* keep_alive = reader.find("keep_alive")) {
    TRY(check_value(kKeepAlive, *keep_alive, "keep_alive", 0));
    wish.keep_alive = read_keep_alive(keep_alive);
  }
  const Json* asked = reader.find(kind == OllamaCall::Kind::kChat ? "messages" : "prompt");
  wish.is_idle = asked == nullptr || (asked->is_string() && asked->get_ref<const std::string&>().empty()) ||
                 (asked->is_array() && asked->empty());
  return wish;
}

std::string asked_model(const Json& body, const ApiCall& call) {
  const auto name = body.find("model");
  return name != body.end() && name->is_string() ? name->get<std::string>() : call.model->id;
}

Status prepare_think(Json& body, const ApiCall& call) {
  if (!body.is_object()) return {};
  const ReasoningFormat& reasoning = call.model->reasoning;
  const auto think = body.find("think");
  if (think != body.end() && *think == "") body.erase("think");
  if (wants_thought(body) && !reasoning.thinks()) {
    return fail(ErrorCode::kUnsupported, "\"{}\" does not support thinking", asked_model(body, call));
  }
  const bool says_nothing = !body.contains("think") || body["think"].is_null();
  if (says_nothing && reasoning.thinks() && !reasoning.switch_name.empty()) body["think"] = true;
  return {};
}

Status read_ollama_generation(Parameters& parameters, const Json& body, const ApiCall& call, OllamaCall& out,
                              size_t& num_keep) {
  for (const std::string_view name : {"format", "options", "keep_alive"}) parameters.find(name);
  OllamaOptions options = TRY(read_ollama_options(body, call));
  out.parameters = std::move(options.generation);
  num_keep = options.num_keep;
  out.parameters.stream = parameters.flag("stream");
  if (parameters.boolean("shift").value_or(false)) {
    out.parameters.notes.emplace_back("shift: left aside, a completion ends where the context does");
  }
  out.logprobs = parameters.flag("logprobs");
  const int64_t top = parameters.integer("top_logprobs").value_or(0);
  if (out.logprobs) out.parameters.sampling.num_logprobs = int(top);
  out.model = asked_model(body, call);
  out.tokenizer = call.model->tokenizer;
  // Nothing takes no time at all, and clients take 0 for missing.
  out.load_time = std::max(call.load_time, std::chrono::nanoseconds(1));
  return {};
}

}  // namespace hearth::api
