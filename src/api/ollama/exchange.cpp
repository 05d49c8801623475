#include "api/ollama/exchange.h"

#include <algorithm>
#include <ctime>
#include <span>
#include <utility>

#include "api/call/api_call.h"
#include "api/call/api_error.h"
#include "api/call/choices.h"
#include "api/call/logprobs.h"
#include "api/dialects/ollama.h"

namespace hearth::api {
namespace {

Json head_json(std::string_view model) {
  return {{"model", model}, {"created_at", ollama_time(std::chrono::system_clock::now())}};
}

Json empty_message() { return {{"role", "assistant"}, {"content", ""}}; }

/// Nothing where the arguments are no whole object, as those of a call that was cut off: nobody should make
/// such a call.
std::optional<Json> call_json(const ToolCall& call, size_t index) {
  auto arguments = parse_json(call.arguments.empty() ? "{}" : call.arguments);
  if (!arguments || !arguments->is_object()) return std::nullopt;
  return Json{{"id", call.id},
              {"function", {{"index", index}, {"name", call.name}, {"arguments", *std::move(arguments)}}}};
}

/// [{"token", "logprob", "bytes", "top_logprobs"}]
Json logprobs_json(const Tokenizer& tokenizer, std::span<const SampledToken> tokens) {
  Json list = chat_logprobs(tokenizer, tokens);
  for (Json& entry : list) {
    if (entry["top_logprobs"].empty()) entry.erase("top_logprobs");
  }
  return list;
}

class OllamaExchange final : public Exchange {
 public:
  explicit OllamaExchange(OllamaCall call) : id_(random_id("ollama-")), call_(std::move(call)), choices_(1) {
    choices_.check_with(std::move(call_.check));
  }

  const std::string& id() const override { return id_; }
  bool streams() const override { return call_.parameters.stream; }
  const Dialect& dialect() const override { return *dialect_ollama(); }
  std::vector<std::string> notes() const override { return call_.parameters.notes; }

  std::vector<GenerateRequest> take_requests() override {
    std::vector<GenerateRequest> requests;
    requests.push_back(make_request(call_.parameters, call_.prompt, 0));
    call_.reading.apply(requests.back());
    return requests;
  }

  std::vector<StreamFrame> accept(const ChoiceEvent& event) override {
    choices_.accept(event);
    if (!streams()) return {};
    if (event.result) {
      if (const auto error = error_of(*event.result)) return {error_frame(run_error(*error))};
    }
    std::vector<Json> lines = lines_of(event.parts);
    const auto tokens = spoken_tokens(event.tokens, event.result);
    if (call_.logprobs && !tokens.empty()) {
      if (lines.empty()) lines.push_back(line(""));
      // The tokens of an event are not told apart: they go with its first part.
      lines.front()["logprobs"] = logprobs_json(*call_.tokenizer, tokens);
    }
    if (event.result) {
      add_calls(num_calls_, lines);
      lines.push_back(line(""));
      add_end(lines.back());
    }
    std::vector<StreamFrame> frames;
    for (const Json& one : lines) frames.push_back({{}, dump_json(one)});
    return frames;
  }

  Result<Json> body() override {
    if (auto error = choices_.error()) return std::unexpected(std::move(*error));
    Json body = line(choice().text());
    if (std::string thought = choice().reasoning(); !thought.empty()) holder(body)["thinking"] = thought;
    Json calls = calls_json(0, choice().tool_calls.size());
    if (!calls.empty()) holder(body)["tool_calls"] = std::move(calls);
    const auto tokens = spoken_tokens(choice().tokens, choice().result);
    if (call_.logprobs && !tokens.empty()) body["logprobs"] = logprobs_json(*call_.tokenizer, tokens);
    add_end(body);
    return body;
  }

 private:
  bool is_chat() const { return call_.kind == OllamaCall::Kind::kChat; }
  const Choice& choice() const { return choices_.choice(0); }
  /// What of a line says what the model said.
  Json& holder(Json& line) const { return is_chat() ? line["message"] : line; }

  Json line(std::string_view content) const {
    Json json = head_json(call_.model);
    if (is_chat()) {
      json["message"] = empty_message();
      json["message"]["content"] = content;
    } else {
      json["response"] = content;
    }
    json["done"] = false;
    return json;
  }

  /// One for each part; calls once they are whole, which what follows them tells.
  std::vector<Json> lines_of(std::span<const OutputPart> parts) {
    std::vector<Json> lines;
    for (const OutputPart& part : parts) {
      if (part.kind == PartKind::kToolArguments) continue;
      add_calls(num_calls_, lines);
      if (part.kind == PartKind::kToolName) {
        ++num_calls_;
      } else if (part.kind == PartKind::kContent) {
        lines.push_back(line(part.text));
      } else {
        lines.push_back(line(""));
        holder(lines.back())["thinking"] = part.text;
      }
    }
    return lines;
  }

  /// Those before `end` that were not sent yet.
  void add_calls(size_t end, std::vector<Json>& lines) {
    Json calls = calls_json(std::exchange(num_sent_calls_, end), end);
    if (calls.empty()) return;
    lines.push_back(line(""));
    holder(lines.back())["tool_calls"] = std::move(calls);
  }

  Json calls_json(size_t begin, size_t end) const {
    Json calls = Json::array();
    for (size_t i = begin; i < end; ++i) {
      if (auto call = call_json(choice().tool_calls[i], i)) calls.push_back(*std::move(call));
    }
    return calls;
  }

  std::string_view done_reason() const {
    return ends_in_thought(choice()) ? "length" : finish_reason(*choice().result);
  }

  void add_end(Json& json) const {
    const GenerateResult& result = *choice().result;
    json["done"] = true;
    json["done_reason"] = done_reason();
    if (call_.returns_context) json["context"] = context_json();
    add_durations(result, json);
    if (call_.num_dropped_tokens > 0) {
      json["truncated"] = true;
      json["dropped_tokens"] = call_.num_dropped_tokens;
    }
    add_quotes(call_.parameters.form, choice().text(), json);
    add_warnings(call_.parameters.form, json);
    add_completion_warnings(result, json);
    for (size_t i = 0; i < choice().tool_calls.size(); ++i) {
      const ToolCall& call = choice().tool_calls[i];
      if (call_json(call, i)) continue;
      json["warnings"].push_back(
          fmt::format("tools: the arguments of {} are no whole object, and the call is left out", call.name));
    }
  }

  /// What a client sends back to carry on: without the token that ended the turn, which the template writes.
  Json context_json() const {
    Json ids = call_.prompt.tokens();
    for (const SampledToken& token : spoken_tokens(choice().tokens, choice().result)) ids.push_back(token.id);
    return ids;
  }

  void add_durations(const GenerateResult& result, Json& json) const {
    const Timings& timings = result.timings;
    const auto total = call_.load_time + timings.queued + timings.prompt + timings.generate;
    json["total_duration"] = total.count();
    json["load_duration"] = call_.load_time.count();
    json["prompt_eval_count"] = result.usage.num_prompt_tokens;
    json["prompt_eval_cached_count"] = result.usage.num_cached_tokens;
    json["prompt_eval_duration"] = timings.prompt.count();
    json["eval_count"] = result.usage.num_generated_tokens;
    json["eval_duration"] = timings.generate.count();
  }

  std::string id_;
  OllamaCall call_;
  Choices choices_;
  size_t num_calls_ = 0;       ///< that have begun
  size_t num_sent_calls_ = 0;  ///< of those, sent or left out
};

}  // namespace

std::string ollama_time(std::chrono::system_clock::time_point time) {
  const auto nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = nanoseconds / 1'000'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, nanoseconds % 1'000'000'000);
}

std::unique_ptr<Exchange> make_ollama_exchange(OllamaCall call) {
  return std::make_unique<OllamaExchange>(std::move(call));
}

Json ollama_idle_body(OllamaCall::Kind kind, std::string_view model, std::string_view done_reason) {
  Json body = head_json(model);
  if (kind == OllamaCall::Kind::kChat) {
    body["message"] = empty_message();
  } else {
    body["response"] = "";
  }
  body["done"] = true;
  body["done_reason"] = done_reason;
  return body;
}

}  // namespace hearth::api
