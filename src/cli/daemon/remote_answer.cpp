#include "cli/daemon/remote_answer.h"

#include <chrono>
#include <filesystem>

#include "store/find_model.h"

namespace hearth::cli {
namespace {

std::chrono::nanoseconds milliseconds(const Json& timings, const char* name) {
  return std::chrono::nanoseconds(int64_t(timings.value(name, 0.0) * 1e6));
}

void read_timings(const Json& timings, GenerateResult& result) {
  result.usage.num_cached_tokens = timings.value("cache_n", size_t(0));
  result.usage.num_prompt_tokens = result.usage.num_cached_tokens + timings.value("prompt_n", size_t(0));
  result.usage.num_generated_tokens = timings.value("predicted_n", size_t(0));
  result.timings.queued = milliseconds(timings, "queued_ms");
  result.timings.prompt = milliseconds(timings, "prompt_ms");
  result.timings.generate = milliseconds(timings, "predicted_ms");
}

/// One frame of a stream.
void take_frame(const Json& frame, Answer& answer, const AnswerSink& sink) {
  if (frame.contains("timings")) read_timings(frame["timings"], answer.result);
  if (!frame.contains("choices") || frame["choices"].empty()) return;
  const Json& choice = frame["choices"][0];
  const auto add = [&](const char* name, PartKind kind, std::string& whole) {
    const auto text = choice["delta"].find(name);
    if (text == choice["delta"].end() || !text->is_string()) return;
    const auto& said = text->get_ref<const std::string&>();
    whole += said;
    if (!said.empty()) sink(kind, said);
  };
  if (choice.contains("delta")) {
    add("reasoning_content", PartKind::kReasoning, answer.reasoning);
    add("content", PartKind::kContent, answer.text);
  }
  if (choice.contains("finish_reason") && choice["finish_reason"] == "length") {
    answer.result.reason = FinishReason::kLength;
  }
}

}  // namespace

Result<std::optional<std::string>> find_on_daemon(const DaemonClient& daemon, const std::string& model) {
  const auto loaded = daemon.post("/models/load", {{"model", model}});
  if (!loaded) {
    if (loaded.error().code == ErrorCode::kNotFound) return std::nullopt;
    return std::unexpected(loaded.error());
  }
  // What is meant here may be another file than the server's of that name.
  const auto located = find_model(model, no_log());
  if (!located) return std::optional((*loaded)["id"].get<std::string>());
  const Json running = TRY(daemon.get("/models/running"));
  for (const Json& one : running["models"]) {
    std::error_code error;
    if (std::filesystem::equivalent(one["path"].get<std::string>(), located->path, error) && !error) {
      return std::optional((*loaded)["id"].get<std::string>());
    }
  }
  return std::nullopt;
}

Result<Answer> answer_on_daemon(const DaemonClient& daemon, Json body, InterruptGuard& interrupt,
                                const AnswerSink& sink) {
  body["stream"] = true;
  body["timings"] = true;
  Answer answer;
  answer.result.reason = FinishReason::kStop;
  const auto take = [&](std::string_view data) {
    const Json frame = Json::parse(data, nullptr, false);
    if (frame.is_object()) take_frame(frame, answer, sink);
    return true;
  };
  const Status done = daemon.stream("/v1/chat/completions", body, take, [&] { return interrupt.take(); });
  if (done) return answer;
  if (done.error().code != ErrorCode::kCancelled) return std::unexpected(done.error());
  answer.result.reason = FinishReason::kCancelled;
  return answer;
}

}  // namespace hearth::cli
