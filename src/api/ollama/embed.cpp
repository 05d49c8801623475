#include "api/ollama/embed.h"

#include <algorithm>

#include "api/call/choices.h"
#include "api/dialects/ollama.h"
#include "api/ollama/options.h"
#include "api/ollama/request.h"
#include "api/parameters/keep_alive.h"
#include "api/prompt/completion_prompts.h"
#include "api/prompt/whole_texts.h"

namespace hearth::api {
namespace {

constexpr Schema kText = Schema::text(0);
constexpr Schema kInputForms[] = {kText, Schema::array(kText, 0, kMaxPrompts)};

constexpr Parameter kCommonEmbedding[] = {
    {"options", Schema::elsewhere("OllamaOptions"), "Of these, num_ctx limits how much of a text is read."},
    {"keep_alive", kKeepAlive, "How long the model stays loaded."},
    {"truncate", Schema::boolean(), "false: a text that is too long is refused instead of cut.", "true"},
    {"dimensions", Schema::integer(0, kMaxTokenCount),
     "The vectors' first so many numbers alone, brought to length 1; 0, or more than there are: all."},
};
constexpr Parameter kEmbed[] = {
    {"input", Schema::either(kInputForms), "What the vectors are of; without any, the model is loaded."}};
constexpr Parameter kEmbeddings[] = {{"prompt", kText, "What the vector is of; empty, the model is loaded."}};

struct EmbedCall {
  std::string id, model;
  std::vector<GenerateRequest> requests;
  std::vector<bool> is_cut;
  std::vector<std::string> notes;
  std::chrono::nanoseconds load_time{};
  bool is_single = false;  ///< the older form
};

class EmbedExchange final : public Exchange {
 public:
  explicit EmbedExchange(EmbedCall call) : call_(std::move(call)), choices_(call_.requests.size()) {}

  const std::string& id() const override { return call_.id; }
  bool streams() const override { return false; }
  const Dialect& dialect() const override { return *dialect_ollama(); }
  std::vector<GenerateRequest> take_requests() override { return std::move(call_.requests); }
  std::vector<std::string> notes() const override {
    std::vector<std::string> notes = cut_notes(call_.is_cut);
    notes.insert(notes.end(), call_.notes.begin(), call_.notes.end());
    return notes;
  }

  std::vector<StreamFrame> accept(const ChoiceEvent& event) override {
    choices_.accept(event);
    return {};
  }

  Result<Json> body() override {
    if (auto error = choices_.error()) return std::unexpected(std::move(*error));
    if (call_.is_single) return Json{{"embedding", choices_.choice(0).result->embedding}};
    Json vectors = Json::array();
    std::chrono::nanoseconds longest{};
    for (size_t i = 0; i < choices_.num_choices(); ++i) {
      const GenerateResult& result = *choices_.choice(i).result;
      vectors.push_back(result.embedding);
      longest = std::max(longest, result.timings.queued + result.timings.prompt);
    }
    return Json{{"model", call_.model},
                {"embeddings", std::move(vectors)},
                {"total_duration", (call_.load_time + longest).count()},
                {"load_duration", call_.load_time.count()},
                {"prompt_eval_count", total_usage(choices_, 1).num_prompt_tokens}};
  }

 private:
  EmbedCall call_;
  Choices choices_;
};

/// What all vectors of a request have in common.
struct EmbedSettings {
  VectorOptions vector;
  size_t context = 0;  ///< most tokens of a text
  bool truncates = true;
};

Result<EmbedSettings> read_settings(Parameters& parameters, const Json& body, const ApiCall& call,
                                    EmbedCall& embed) {
  for (const std::string_view name : {"options", "keep_alive"}) parameters.find(name);
  OllamaOptions options = TRY(read_ollama_options(body, call));
  embed.notes = std::move(options.generation.notes);
  embed.id = random_id("ollama-");
  embed.model = asked_model(body, call);
  embed.load_time = std::max(call.load_time, std::chrono::nanoseconds(1));
  EmbedSettings settings;
  settings.context = options.generation.context;
  settings.truncates = parameters.flag("truncate");
  settings.vector.pooling = call.model->pooling;
  const auto dimensions = size_t(parameters.integer("dimensions").value_or(0));
  if (dimensions < call.model->hidden_size) settings.vector.dimensions = dimensions;
  return settings;
}

Status add_text(const std::string& text, std::string path, const EmbedSettings& settings, const ApiCall& call,
                EmbedCall& embed) {
  const std::string prompt = TRY(prompt_text(call.model->embedding, std::nullopt));
  auto input = encode_text(*call.model->tokenizer, prompt + text,
                           settings.truncates ? settings.context : kWholeText, call.gone);
  if (!input) return std::unexpected(about(path, std::move(input.error())));
  WholeText whole{.input = *std::move(input), .path = std::move(path)};
  TRY(check_length(whole, settings.context));
  embed.is_cut.push_back(whole.input.is_cut());
  embed.requests.push_back(whole_text_request(std::move(whole), Task::kEmbed, call));
  embed.requests.back().vector = settings.vector;
  return {};
}

}  // namespace

ParameterList ollama_embed_parameters() { return {kModelName, kEmbed, kCommonEmbedding}; }
ParameterList ollama_embeddings_parameters() { return {kModelName, kEmbeddings, kCommonEmbedding}; }

Result<OllamaEmbedding> make_ollama_embed(Json body, const ApiCall& call) {
  const ParameterList list = ollama_embed_parameters();
  std::vector<std::string> notes = leave_aside_unknown(body, list);
  auto parameters = TRY(Parameters::check(body, list, call));
  EmbedCall embed;
  const EmbedSettings settings = TRY(read_settings(parameters, body, call, embed));
  const Json* input = parameters.find("input");
  parameters.finish();
  const Json texts = input == nullptr ? Json::array() : *input;
  if (texts.empty() || texts == "") return Json{{"model", embed.model}, {"embeddings", Json::array()}};
  if (texts.is_string()) {
    TRY(add_text(texts.get<std::string>(), "input", settings, call, embed));
  } else {
    for (size_t i = 0; i < texts.size(); ++i) {
      TRY(add_text(texts[i].get<std::string>(), fmt::format("input[{}]", i), settings, call, embed));
    }
  }
  embed.notes.insert(embed.notes.end(), notes.begin(), notes.end());
  return std::make_unique<EmbedExchange>(std::move(embed));
}

Result<OllamaEmbedding> make_ollama_embeddings(Json body, const ApiCall& call) {
  const ParameterList list = ollama_embeddings_parameters();
  std::vector<std::string> notes = leave_aside_unknown(body, list);
  auto parameters = TRY(Parameters::check(body, list, call));
  EmbedCall embed;
  EmbedSettings settings = TRY(read_settings(parameters, body, call, embed));
  settings.vector.normalize = false;
  const std::string prompt = parameters.text("prompt").value_or("");
  parameters.finish();
  if (prompt.empty()) return Json{{"embedding", Json::array()}};
  embed.is_single = true;
  TRY(add_text(prompt, "prompt", settings, call, embed));
  embed.notes.insert(embed.notes.end(), notes.begin(), notes.end());
  return std::make_unique<EmbedExchange>(std::move(embed));
}

}  // namespace hearth::api
