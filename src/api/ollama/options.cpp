#include "api/ollama/options.h"

#include <algorithm>

#include "api/call/api_error.h"
#include "api/parameters/parameter_reader.h"
#include "base/printable.h"

namespace hearth::api {
namespace {

/// Most notes of one request, which are sent as headers.
constexpr size_t kMaxNotes = 16;
constexpr size_t kMaxNotedName = 64;

constexpr Parameter kOllamaOptions[] = {
    {"num_predict", Schema::integer(-2, kMaxTokenCount),
     "The longest completion; -1 and -2: as far as the context goes."},
    {"num_keep", Schema::integer(-1, kMaxTokenCount),
     "How many of the first tokens stay where a prompt is truncated; -1: all.", "4"},
    {"stop", kStops, "Texts that end the completion and are not part of it."},
};

// How other servers load a model, and what they no longer know.
constexpr std::string_view kMachineOptions[] = {
    "num_batch", "num_gpu",  "main_gpu",         "use_mmap",          "use_mlock",          "num_thread",
    "numa",      "low_vram", "f16_kv",           "logits_all",        "vocab_only",         "embedding_only",
    "num_gqa",   "tfs_z",    "penalize_newline", "draft_num_predict", "use_imagegen_runner"};

SamplingParams ollama_sampling() {
  SamplingParams sampling;
  sampling.temperature = 0.8f;
  sampling.top_k = 40;
  sampling.top_p = 0.9f;
  sampling.min_p = 0.0f;
  return sampling;
}

/// Those of the options that a list has, `null` left out.
void add_known(const Json& options, const ParameterList& list, Json& known, std::vector<std::string>& notes) {
  for (const auto& [name, value] : options.items()) {
    if (value.is_null() || is_ollama_machine_option(name)) continue;
    if (list.find(name) != nullptr) {
      known[name] = value;
    } else {
      note_unknown("options: ", name, notes);
    }
  }
}

/// The error of an option by its path in the body.
Error of_options(Error error, const Json& options) {
  const std::string_view parameter = parameter_of(error);
  const size_t end = std::min(parameter.find_first_of(".["), parameter.size());
  if (options.is_object() && options.contains(parameter.substr(0, end))) error.message.insert(0, "options.");
  return error;
}

}  // namespace

void note_unknown(std::string_view place, std::string_view name, std::vector<std::string>& notes) {
  if (notes.size() >= kMaxNotes) return;
  notes.push_back(fmt::format("{}{} is not known, and left aside", place, quoted(name, kMaxNotedName)));
}

bool is_ollama_machine_option(std::string_view name) {
  return std::ranges::find(kMachineOptions, name) != std::end(kMachineOptions);
}

ParameterList ollama_option_parameters() {
  // The form of the text stands beside the options, and so does how long the model stays.
  ParameterList list = {kOllamaOptions};
  const ParameterList forms = form_parameters();
  for (const Parameter* parameter : common_parameters().all()) {
    if (forms.find(parameter->name) == nullptr && parameter->name != "keep_alive") list.add(*parameter);
  }
  return list;
}

Result<OllamaOptions> read_ollama_options(const Json& body, const ApiCall& call) {
  const ApiModel& model = *call.model;
  const ParameterList options_list = ollama_option_parameters();
  ParameterList list = common_parameters();
  list.add({kOllamaOptions});
  const Json given = body.value("options", Json());
  if (!given.is_null() && !given.is_object()) {
    return fail(ErrorCode::kInvalidArgument, "options: must be an object, not {}", kind_of(given));
  }
  Json known = Json::object();
  std::vector<std::string> notes;
  if (model.preset != nullptr) add_known(model.preset->options, options_list, known, notes);
  notes.clear();
  if (given.is_object()) add_known(given, options_list, known, notes);
  if (const auto format = body.find("format"); format != body.end()) known["format"] = *format;

  const auto read = [&]() -> Result<OllamaOptions> {
    auto parameters = TRY(Parameters::check(known, list, call));
    OllamaOptions options;
    GenerationParameters& generation = options.generation;
    generation = TRY(read_common_generation(
        parameters, call, model.recommends_sampling ? model.default_sampling : ollama_sampling()));
    const int64_t num_predict = parameters.integer("num_predict").value_or(-1);
    if (num_predict >= 0) generation.max_tokens = size_t(num_predict);
    generation.stop = read_stops(parameters, "stop");
    const int64_t num_keep = *parameters.integer("num_keep");
    options.num_keep = num_keep < 0 ? SIZE_MAX : size_t(num_keep);
    parameters.finish();
    return options;
  };
  auto options = read();
  if (!options) return std::unexpected(of_options(std::move(options.error()), given));
  options->generation.add_notes(std::move(notes));
  return options;
}

std::vector<std::string> leave_aside_unknown(Json& body, const ParameterList& list) {
  std::vector<std::string> notes;
  if (!body.is_object()) return notes;
  Json known = Json::object();
  for (auto& [name, value] : body.items()) {
    if (list.find(name) != nullptr) {
      known[name] = std::move(value);
    } else {
      note_unknown("", name, notes);
    }
  }
  body = std::move(known);
  return notes;
}

}  // namespace hearth::api
