#include "api/openai/embeddings.h"

#include <bit>
#include <cstring>

#include "api/call/api_error.h"
#include "api/call/base64.h"
#include "api/call/choices.h"
#include "api/dialects/openai.h"
#include "api/prompt/completion_prompts.h"

namespace hearth::api {
namespace {

static_assert(std::endian::native == std::endian::little, "embeddings are sent as little-endian floats");

struct EmbeddingCall {
  std::string id, model;
  GenerationParameters parameters;
  std::vector<CompletionPrompt> inputs;
  bool as_base64 = false;
};

class EmbeddingExchange final : public Exchange {
 public:
  explicit EmbeddingExchange(EmbeddingCall call) : call_(std::move(call)), choices_(call_.inputs.size()) {}

  const std::string& id() const override { return call_.id; }
  bool streams() const override { return false; }
  const Dialect& dialect() const override { return *dialect_openai(); }

  std::vector<GenerateRequest> take_requests() override {
    std::vector<GenerateRequest> requests;
    for (CompletionPrompt& input : call_.inputs) {
      requests.push_back(make_request(call_.parameters, std::move(input.prompt), 0));
      requests.back().task = Task::kEmbed;
    }
    return requests;
  }

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
    {"dimensions", Schema::integer(1, kMaxTokenCount), "Where given, the model's own."},
};

Status read_dimensions(Parameters& parameters, size_t hidden_size) {
  const auto dimensions = parameters.integer("dimensions");
  if (!dimensions || size_t(*dimensions) == hidden_size) return {};
  return fail_hint(ErrorCode::kUnsupported, "leave it out",
                   "dimensions: the model's vectors have {} dimensions and cannot be shortened", hidden_size);
}

}  // namespace

ParameterList embedding_parameters() { return {kModelName, kParameters}; }

Result<std::unique_ptr<Exchange>> make_embedding(const Json& body, const ApiCall& call) {
  auto parameters = TRY(Parameters::check(body, embedding_parameters(), call));
  EmbeddingCall embedding;
  embedding.parameters.context = call.model->context;
  embedding.parameters.max_tokens = 0;
  embedding.parameters.tenant = call.tenant;
  embedding.parameters.cache_salt = call.cache_salt;
  embedding.inputs = TRY(read_texts_or_ids(parameters, "input", call, false));
  embedding.as_base64 = *parameters.text("encoding_format") == "base64";
  TRY(read_dimensions(parameters, call.model->hidden_size));
  parameters.finish();
  for (const CompletionPrompt& input : embedding.inputs) {
    TRY(about(input.path, check_prompt(input.prompt, embedding.parameters)));
  }
  embedding.id = random_id("embd-");
  embedding.model = call.model->id;
  return std::make_unique<EmbeddingExchange>(std::move(embedding));
}

}  // namespace hearth::api
