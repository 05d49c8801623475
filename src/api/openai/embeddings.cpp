#include "api/openai/embeddings.h"

#include <algorithm>
#include <bit>

#include "api/call/api_error.h"
#include "api/call/base64.h"
#include "api/call/choices.h"
#include "api/dialects/openai.h"
#include "api/parameters/token_ids.h"
#include "api/prompt/completion_prompts.h"
#include "api/prompt/whole_texts.h"

namespace hearth::api {
namespace {

static_assert(std::endian::native == std::endian::little, "embeddings are sent as little-endian floats");

struct EmbeddingCall {
  std::string id, model;
  std::vector<GenerateRequest> requests;
  std::vector<bool> is_cut;
  bool as_base64 = false;
};

class EmbeddingExchange final : public Exchange {
 public:
  explicit EmbeddingExchange(EmbeddingCall call) : call_(std::move(call)), choices_(call_.requests.size()) {}

  const std::string& id() const override { return call_.id; }
  bool streams() const override { return false; }
  const Dialect& dialect() const override { return *dialect_openai(); }
  std::vector<GenerateRequest> take_requests() override { return std::move(call_.requests); }
  std::vector<std::string> notes() const override { return cut_notes(call_.is_cut); }

  std::vector<StreamFrame> accept(const ChoiceEvent& event) override {
    choices_.accept(event);
    return {};
  }

  Result<Json> body() override {
    if (auto error = choices_.error()) return std::unexpected(std::move(*error));
    Json data = Json::array();
    for (size_t i = 0; i < choices_.num_choices(); ++i) {
      data.push_back({{"object", "embedding"},
                      {"index", i},
                      {"embedding", vector_json(choices_.choice(i).result->embedding)}});
      if (call_.is_cut[i]) data.back()["truncated"] = true;
    }
    const Usage usage = total_usage(choices_, 1);
    return Json{
        {"object", "list"},
        {"data", std::move(data)},
        {"model", call_.model},
        {"usage", {{"prompt_tokens", usage.num_prompt_tokens}, {"total_tokens", usage.num_prompt_tokens}}}};
  }

 private:
  Json vector_json(const std::vector<float>& vector) const {
    if (!call_.as_base64) return vector;
    return base64({reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float)});
  }

  EmbeddingCall call_;
  Choices choices_;
};

constexpr std::string_view kEncodings[] = {"float", "base64"};

constexpr Parameter kParameters[] = {
    {.name = "input", .schema = kPrompts, .description = "What the vectors are of.", .required = true},
    {"encoding_format", Schema::choice(kEncodings), "How the vectors are written.", R"("float")"},
    {"dimensions", Schema::integer(1, kMaxTokenCount),
     "The vectors' first so many numbers alone, brought to length 1 again; at most as many as the model "
     "has."},
    {"normalize", Schema::boolean(), "Vectors of length 1; by default as the model's files say."},
    {"prompt_name", Schema::text(1, kMaxNameSize),
     "The prompt of the model's that stands in front of each text."},
};

Result<VectorOptions> read_vector_options(Parameters& parameters, const ApiModel& model) {
  VectorOptions options;
  options.pooling = model.pooling;
  options.normalize = parameters.boolean("normalize").value_or(model.embedding.normalize.value_or(true));
  const auto dimensions = parameters.integer("dimensions");
  if (!dimensions) return options;
  options.dimensions = size_t(*dimensions);
  if (options.dimensions <= model.hidden_size) return options;
  return fail_hint(ErrorCode::kInvalidArgument,
                   fmt::format("use 1 to {}, or leave it out", model.hidden_size),
                   "dimensions: is {}, but the model's vectors have {}", *dimensions, model.hidden_size);
}

/// Token ids are taken as they are.
Result<WholeText> read_input(const Json& value, std::string path, const std::string& prompt,
                             size_t max_tokens, const ApiCall& call) {
  WholeText text{.input = {}, .path = std::move(path)};
  if (value.is_string()) {
    Result<TextInput> input = encode_text(
        *call.model->tokenizer, prompt + value.get_ref<const std::string&>(), max_tokens, call.gone);
    if (!input) return std::unexpected(about(text.path, std::move(input.error())));
    text.input = std::move(*input);
  } else {
    text.input.ids = read_token_ids(value);
    text.input.num_whole = text.input.ids.size();
    text.input.ids.resize(std::min(text.input.ids.size(), max_tokens));
  }
  TRY(check_length(text, *call.model));
  return text;
}

Result<std::vector<WholeText>> read_inputs(Parameters& parameters, const ApiCall& call) {
  Result<std::string> prompt = prompt_text(call.model->embedding, parameters.text("prompt_name"));
  if (!prompt) return std::unexpected(about("prompt_name", std::move(prompt.error())));
  const size_t max_tokens = TRY(read_truncation(parameters, *call.model));
  const Json& value = *parameters.find("input");
  std::vector<WholeText> texts;
  const bool is_batch =
      value.is_array() && !value.empty() && (value.front().is_array() || value.front().is_string());
  if (!is_batch) {
    texts.push_back(TRY(read_input(value, "input", *prompt, max_tokens, call)));
    return texts;
  }
  for (size_t i = 0; i < value.size(); ++i) {
    texts.push_back(TRY(read_input(value[i], fmt::format("input[{}]", i), *prompt, max_tokens, call)));
  }
  return texts;
}

}  // namespace

ParameterList embedding_parameters() {
  ParameterList list = {kModelName, kParameters};
  list.add(truncation_parameters());
  return list;
}

Result<std::unique_ptr<Exchange>> make_embedding(const Json& body, const ApiCall& call) {
  auto parameters = TRY(Parameters::check(body, embedding_parameters(), call));
  EmbeddingCall embedding;
  const VectorOptions options = TRY(read_vector_options(parameters, *call.model));
  embedding.as_base64 = *parameters.text("encoding_format") == "base64";
  std::vector<WholeText> texts = TRY(read_inputs(parameters, call));
  parameters.finish();
  for (WholeText& text : texts) {
    embedding.is_cut.push_back(text.input.is_cut());
    embedding.requests.push_back(whole_text_request(std::move(text), Task::kEmbed, call));
    embedding.requests.back().vector = options;
  }
  embedding.id = random_id("embd-");
  embedding.model = call.model->id;
  return std::make_unique<EmbeddingExchange>(std::move(embedding));
}

}  // namespace hearth::api
