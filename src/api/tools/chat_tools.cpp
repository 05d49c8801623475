#include "api/tools/chat_tools.h"

#include <algorithm>
#include <limits>
#include <map>

#include "api/tools/completion_parser.h"
#include "api/tools/hidden_reasoning.h"
#include "api/tools/tool_form.h"
#include "text/template/message_form.h"

namespace hearth::api {
namespace {

// What harmony's messages are made of.
constexpr std::string_view kMessageMarks[] = {"<|start|>",   "<|end|>",       "<|message|>",
                                              "<|channel|>", "<|constrain|>", "<|call|>",
                                              "<|return|>",  "<|eom|>",       "<|eot|>"};
// Where a model waits for the results of its calls, whether or not its vocabulary says so.
constexpr std::string_view kCallEnds[] = {"<|call|>", "<|eom_id|>", "<|tool_response>"};

bool is_generic(const ApiModel& model) { return model.tools.shape == ToolShape::kNone; }

std::string told_of_tools(const ToolSet& tools) {
  std::string text =
      "You can call tools. Each of these lines describes one, its parameters by a JSON Schema:\n<tools>\n";
  for (const Tool& tool : tools.all()) text += dump_json(tool.definition["function"]) + "\n";
  text +=
      "</tools>\n\nTo call one, write its name and its arguments as JSON:\n<tool_call>\n"
      "{\"name\": \"NAME\", \"arguments\": {...}}\n</tool_call>\nThe result comes in <tool_response>.";
  return text;
}

/// Calls and results as text.
Json as_text(const Json& messages) {
  Json written = Json::array();
  for (const Json& message : messages) {
    if (message["role"] == "tool") {
      const std::string result = join_texts(texts_of(message["content"]), "\n");
      written.push_back(
          {{"role", "user"}, {"content", fmt::format("<tool_response>\n{}\n</tool_response>", result)}});
      continue;
    }
    written.push_back(message);
    if (!message.contains("tool_calls")) continue;
    Json& turn = written.back();
    std::vector<std::string> texts = texts_of(turn["content"]);
    std::erase(texts, std::string());
    for (const Json& call : message["tool_calls"]) {
      const Json& function = call["function"];
      texts.push_back(fmt::format("<tool_call>\n{{\"name\": {}, \"arguments\": {}}}\n</tool_call>",
                                  dump_json(function["name"]), function["arguments"].get<std::string>()));
    }
    turn["content"] = join_texts(texts, "\n");
    turn.erase("tool_calls");
  }
  return written;
}

/// Ids that say the tool's name and the number of the call.
void index_ids(std::string_view prefix, Json& messages) {
  std::map<std::string, std::string> known;
  size_t count = 0;
  for (Json& message : messages) {
    if (message.contains("tool_calls")) {
      for (Json& call : message["tool_calls"]) {
        const std::string id =
            fmt::format("{}{}:{}", prefix, call["function"]["name"].get<std::string>(), count++);
        if (call.contains("id")) known[call["id"].get<std::string>()] = id;
        call["id"] = id;
      }
    }
    const auto id = message.find("tool_call_id");
    if (id == message.end()) continue;
    if (const auto found = known.find(id->get<std::string>()); found != known.end()) *id = found->second;
  }
}

}  // namespace

std::vector<TokenId> mark_tokens(const ToolFormat& tools, const ReasoningFormat& reasoning,
                                 const Tokenizer& tokenizer) {
  std::vector<std::string> marks = {tools.section_open, tools.section_close, tools.call_open,
                                    tools.call_close,   tools.separator,     tools.name_end,
                                    tools.key_open,     tools.key_close,     tools.value_close,
                                    reasoning.start,    reasoning.end};
  if (tools.shape == ToolShape::kGemma) marks.emplace_back("<|\"|>");
  if (tools.shape == ToolShape::kJson) marks.emplace_back("<|python_tag|>");
  if (tools.shape == ToolShape::kHarmony || reasoning.in_channels) {
    marks.insert(marks.end(), std::begin(kMessageMarks), std::end(kMessageMarks));
  }
  std::vector<TokenId> ids;
  for (TokenId id = 0; size_t(id) < tokenizer.vocab().size(); ++id) {
    if (!tokenizer.is_control(id)) continue;
    const std::string_view spelling = tokenizer.piece(id, true);
    const auto holds = [&](const std::string& mark) { return mark.find(spelling) != mark.npos; };
    if (spelling.size() > 1 && std::ranges::any_of(marks, holds)) ids.push_back(id);
  }
  return ids;
}

const ToolFormat& call_format(const ApiModel& model) {
  static const ToolFormat kGeneric = generic_tool_format();
  return is_generic(model) ? kGeneric : model.tools;
}

void offer_tools(const ToolRequest& request, const ApiModel& model, ChatPrompt& prompt) {
  if (model.tools.indexed_ids) index_ids(model.tools.name_prefix, prompt.messages);
  if (request.tools == nullptr) return;
  if (!is_generic(model)) {
    if (!request.offers()) return;
    for (const Tool& tool : request.tools->all()) prompt.tools.push_back(tool.definition);
    return;
  }
  prompt.messages = as_text(prompt.messages);
  if (!request.offers()) return;
  const std::string told = told_of_tools(*request.tools);
  const bool has_system = !prompt.messages.empty() && prompt.messages[0]["role"] == "system";
  if (!has_system) {
    prompt.messages.insert(prompt.messages.begin(), Json{{"role", "system"}, {"content", told}});
    return;
  }
  std::vector<std::string> texts = texts_of(prompt.messages[0]["content"]);
  texts.push_back(told);
  prompt.messages[0]["content"] = join_texts(texts, "\n\n");
}

Status hold_to_tools(const ToolRequest& request, const ApiModel& model, OutputForm& form) {
  auto wanted = TRY(tool_form(request, call_format(model), *model.tokenizer));
  if (!wanted) return {};
  if (form.wanted) {
    return fail(ErrorCode::kInvalidArgument, "{}: cannot be combined with tools that are held to a form",
                form.wanted->path);
  }
  // Each schema by itself first: an error then names the tool.
  for (size_t i = 0; model.grammars != nullptr && i < request.tools->all().size(); ++i) {
    const Tool& tool = request.tools->all()[i];
    GrammarSource source{.kind = GrammarKind::kJsonSchema, .text = dump_json(tool.parameters), .choices = {}};
    source.strict = tool.strict;
    source.form = form.json;
    auto compiled = model.grammars->get(source);
    if (compiled) continue;
    Error error = std::move(compiled.error());
    if (error.code == ErrorCode::kResourceLimit) error.code = ErrorCode::kInvalidArgument;
    error.message = fmt::format("tools[{}]: {}: {}", i, tool.name, error.message);
    return std::unexpected(std::move(error));
  }
  const bool is_strict = std::ranges::any_of(request.tools->all(), &Tool::strict);
  WantedForm held{.path = request.mode == ToolRequest::Mode::kRequired ? "tool_choice" : "tools",
                  .source = {}};
  held.source.kind = GrammarKind::kStructuralTag;
  held.source.text = dump_json(*wanted);
  held.source.strict = is_strict;
  form.wanted = std::move(held);
  form.has_thoughts = call_format(model).shape == ToolShape::kHarmony;
  return {};
}

Status check_hidden(const Thoughts& thoughts, const ApiModel& model, bool logprobs) {
  if (thoughts.visible || !logprobs || !model.reasoning.thinks()) return {};
  return fail_hint(ErrorCode::kUnsupported, "leave out one of them",
                   "logprobs: are of all tokens, those of the reasoning too, which is to be left out");
}

Result<CompletionReading> CompletionReading::create(const ToolRequest& request, const ApiModel& model,
                                                    const Prompt& prompt, const Thoughts& thoughts) {
  CompletionReading reading;
  reading.make_parser_ = model.make_parser;
  if (reading.make_parser_ || (!request.offers() && !model.reasoning.thinks())) return reading;
  const std::string text = prompt.segments().empty() ? std::string() : prompt.segments().back().text;
  reading.thoughts_ = thoughts;
  TRY(reading.set_limit(model, text, request.offers()));
  const std::string_view end = trimmed_mark(text);
  CompletionForm form{.tools = call_format(model), .reasoning = model.reasoning, .tool_set = nullptr};
  if (request.offers()) form.tool_set = request.tools;
  form.begins_in_thought = model.reasoning.is_open_at_end(text);
  form.has_thought = !model.reasoning.end.empty() && end.ends_with(model.reasoning.end);
  reading.make_parser_ = [form = std::move(form)] { return make_completion_parser(form); };
  reading.spelt_tokens_ = model.mark_tokens;
  if (!request.offers()) return reading;
  for (const std::string_view mark : kCallEnds) {
    const auto id = model.tokenizer->vocab().find(mark);
    if (id && model.tokenizer->is_control(*id)) reading.stop_tokens_.push_back(*id);
  }
  return reading;
}

Status CompletionReading::set_limit(const ApiModel& model, std::string_view prompt, bool calls_tools) {
  // That of the longest completion: whether there is one.
  const auto most = thoughts_.limit(std::numeric_limits<uint32_t>::max());
  if (!most || model.grammars == nullptr) return {};
  ModelTokensPtr tokens = TRY(model.grammars->tokens());
  limit_ = thought_limit(model.reasoning, prompt, *tokens, {.max_tokens = *most, .calls_tools = calls_tools});
  if (limit_) tokens_ = std::move(tokens);
  return {};
}

void CompletionReading::apply(GenerateRequest& request) const {
  if (!make_parser_) return;
  if (limit_) {
    ThoughtLimit limit = *limit_;
    const size_t completion = request.max_tokens.value_or(std::numeric_limits<uint32_t>::max());
    limit.max_tokens = thoughts_.limit(completion).value_or(limit.max_tokens);
    // Others say where the turn may end.
    limit.must_answer = request.constraints.empty();
    request.constraints.push_back(limit_thoughts(std::move(limit), tokens_->table));
  }
  request.output_parser = make_parser_();
  if (!thoughts_.visible) request.output_parser = hide_reasoning(std::move(request.output_parser));
  request.spelt_tokens = spelt_tokens_;
  request.stop_token_ids.insert(request.stop_token_ids.end(), stop_tokens_.begin(), stop_tokens_.end());
}

}  // namespace hearth::api
