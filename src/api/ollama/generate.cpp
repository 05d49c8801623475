#include "api/ollama/generate.h"

#include <span>

#include "api/call/api_error.h"
#include "api/ollama/messages.h"
#include "api/ollama/request.h"
#include "api/ollama/truncation.h"
#include "api/parameters/token_ids.h"
#include "api/prompt/completion_prompts.h"
#include "api/prompt/model_hints.h"
#include "api/prompt/model_preset.h"

namespace hearth::api {
namespace {

constexpr Schema kTokenId = Schema::token_id();
constexpr Schema kImage = Schema::text(0);

constexpr Parameter kGenerate[] = {
    {"prompt", Schema::text(0),
     "What the user says; empty, the model is loaded, or unloaded with keep_alive 0."},
    {"suffix", Schema::text(0), "What follows the gap that is filled, where the model can fill gaps."},
    {"system", Schema::text(0), "What the system says, in place of what the model's maker has set."},
    {"template", Schema::text(0), "A prompt template, in place of the model's."},
    {"context", Schema::array(kTokenId, 0), "The tokens so far, as the last response gave them."},
    {"raw", Schema::boolean(), "true: the prompt is taken as it is, control tokens in it too.", "false"},
    {"images", Schema::array(kImage, 0), "Refused: no model here reads images."},
};

/// What a request says of its prompt.
struct GenerateInput {
  std::string prompt, suffix, system, own_template;
  std::vector<TokenId> context;
  bool raw = false;
};

Result<GenerateInput> read_input(Parameters& parameters) {
  GenerateInput input;
  input.prompt = parameters.text("prompt").value_or("");
  input.suffix = parameters.text("suffix").value_or("");
  input.system = parameters.text("system").value_or("");
  input.raw = parameters.flag("raw");
  if (const Json* ids = parameters.find("context")) input.context = read_token_ids(*ids);
  input.own_template = parameters.text("template").value_or("");
  if (input.raw && (!input.own_template.empty() || !input.system.empty() || !input.context.empty())) {
    return fail(ErrorCode::kInvalidArgument, "raw mode does not support template, system, or context");
  }
  TRY(check_no_images(parameters.find("images"), "images"));
  return input;
}

/// A text of the assistant's that no prompt has: what a template writes behind it carries a conversation on.
constexpr std::string_view kPlace = "58204713";

/// What the template writes between an answer and the next one. Nothing where that cannot be told.
Result<std::optional<OriginText>> next_turn(const ChatPrompt& chat, const ApiCall& call) {
  ChatPrompt probe = chat;
  probe.messages = Json::array({{{"role", "user"}, {"content", "a"}},
                                {{"role", "assistant"}, {"content", kPlace}},
                                chat.messages.back()});
  const OriginText text = TRY(render_chat(probe, call));
  const size_t place = text.text().find(kPlace);
  if (place == std::string::npos) return std::nullopt;
  const size_t begin = place + kPlace.size();
  OriginText rest;
  for (const OriginText::Range& range : text.ranges()) {
    if (range.end <= begin) continue;
    const size_t from = std::max(range.begin, begin);
    rest.append(std::string_view(text.text()).substr(from, range.end - from), range.origin);
  }
  return rest;
}

/// A conversation of one question, behind the tokens of those before.
Result<Prompt> chat_prompt(const GenerateInput& input, ChatPrompt chat, const ApiCall& call) {
  const ApiModel& model = *call.model;
  chat.messages = Json::array({{{"role", "user"}, {"content", input.prompt}}});
  Prompt prompt;
  if (!input.context.empty()) {
    prompt.append_tokens(input.context);
    const auto turn = input.system.empty() ? TRY(next_turn(chat, call)) : std::nullopt;
    if (turn) {
      prompt.append_text(turn->text(), TRY(model.tokenizer->encode(*turn, false, call.gone)));
      return prompt;
    }
  } else {
    chat.messages = with_preset(model, std::move(chat.messages));
  }
  if (!input.system.empty()) {
    if (chat.messages.front()["role"] == "system") chat.messages.erase(0);
    const Json system = {{"role", "system"}, {"content", input.system}};
    chat.messages.insert(chat.messages.begin(), system);
  }
  const OriginText text = TRY(render_chat(chat, call));
  const auto ids = TRY(model.tokenizer->encode_chat(text, call.gone));
  std::span<const TokenId> tokens = ids;
  const bool has_bos = model.tokenizer->vocab().bos_id() && !tokens.empty() &&
                       tokens.front() == *model.tokenizer->vocab().bos_id();
  if (!prompt.empty() && has_bos) tokens = tokens.subspan(1);
  prompt.append_text(text.text(), tokens);
  return prompt;
}

/// The same by a template that the request brings: Go's, as Ollama's are, or Jinja.
Result<Prompt> prompt_by_template(const GenerateInput& input, ChatPrompt chat, const ApiCall& call) {
  const Vocab& vocab = call.model->tokenizer->vocab();
  const auto spelt = [&](std::optional<TokenId> id) {
    return id ? std::optional(std::string(call.model->tokenizer->piece(*id, true))) : std::nullopt;
  };
  auto own = ChatTemplate::parse(input.own_template,
                                 {.bos_token = spelt(vocab.bos_id()), .eos_token = spelt(vocab.eos_id())});
  if (!own) {
    Error error = about("template", std::move(own.error()));
    error.code = ErrorCode::kInvalidArgument;
    return std::unexpected(std::move(error));
  }
  ApiModel model = *call.model;
  model.chat_template = &*own;
  ApiCall of_template = call;
  of_template.model = &model;
  return chat_prompt(input, std::move(chat), of_template);
}

Result<Prompt> make_prompt(const GenerateInput& input, ChatPrompt chat, const ApiCall& call,
                           const std::string& model) {
  const Tokenizer& tokenizer = *call.model->tokenizer;
  if (input.raw) {
    Prompt prompt;
    prompt.append_text(
        input.prompt,
        TRY(tokenizer.encode(input.prompt, {.add_special = true, .parse_special = true}, call.gone)));
    return prompt;
  }
  if (input.suffix.empty()) {
    return input.own_template.empty() ? chat_prompt(input, std::move(chat), call)
                                      : prompt_by_template(input, std::move(chat), call);
  }
  if (!can_infill(tokenizer.vocab())) {
    return fail(ErrorCode::kUnsupported, "\"{}\" does not support insert", model);
  }
  return infill_prompt(call, input.prompt, input.suffix);
}

}  // namespace

ParameterList ollama_generate_parameters() {
  ParameterList list = {kGenerate};
  list.add(ollama_generation_parameters());
  return list;
}

Result<std::unique_ptr<Exchange>> make_ollama_generate(Json body, const ApiCall& call) {
  const ApiModel& model = *call.model;
  const ParameterList list = ollama_generate_parameters();
  std::vector<std::string> notes = leave_aside_unknown(body, list);
  TRY(prepare_think(body, call));
  auto parameters = TRY(Parameters::check(body, list, call));
  OllamaCall generate;
  generate.kind = OllamaCall::Kind::kGenerate;
  size_t num_keep = 0;
  TRY(read_ollama_generation(parameters, body, call, generate, num_keep));
  const GenerateInput input = TRY(read_input(parameters));
  ChatPrompt chat;
  read_model_hints(parameters, model, chat);
  TRY(read_output_config_form(parameters, generate.parameters.form));
  const bool truncates = parameters.boolean("truncate").value_or(false);
  parameters.finish();
  TRY(check_hidden(chat.thoughts, model, generate.logprobs));
  TRY(compile_form(generate.parameters.form, call));
  generate.parameters.add_notes(std::move(chat.notes));
  generate.parameters.add_notes(std::move(notes));
  const Thoughts thoughts = chat.thoughts;
  generate.prompt = TRY(make_prompt(input, std::move(chat), call, generate.model));
  generate.returns_context = !input.raw;
  const bool is_chat = !input.raw && input.suffix.empty();
  if (is_chat) {
    TRY(set_reasoning(generate.parameters.form, generate.prompt, model));
    generate.reading = TRY(CompletionReading::create({}, model, generate.prompt, thoughts));
  }
  if (truncates) {
    FittedPrompt fitted = truncate_tokens(std::move(generate.prompt), num_keep, generate.parameters);
    generate.prompt = std::move(fitted.prompt);
    generate.num_dropped_tokens = fitted.num_dropped_tokens;
  }
  TRY(about("prompt", check_prompt(generate.prompt, generate.parameters)));
  return make_ollama_exchange(std::move(generate));
}

}  // namespace hearth::api
