#include "cli/chat/answer.h"

#include <utility>

namespace hearth::cli {

Result<Answer> generate_answer(Engine& engine, GenerateRequest request, InterruptGuard& interrupt,
                               const TextSink& sink) {
  Answer answer;
  bool done = false;
  request.on_event = [&](const GenerateEvent& event) {
    if (const std::string text = text_of(event.parts); !text.empty()) {
      answer.text += text;
      sink(text);
    }
    if (event.result != nullptr) {
      answer.result = *event.result;
      done = true;
    }
  };
  const RequestId id = TRY(engine.submit(std::move(request)));
  bool cancelled = false;
  while (!done) {
    if (!cancelled && interrupt.take()) {
      engine.cancel(id);
      cancelled = true;
    }
    engine.step();
  }
  return answer;
}

std::string speed_line(const GenerateResult& result) {
  const Usage& usage = result.usage;
  const double seconds = double((result.timings.prompt + result.timings.generate).count()) / 1e9;
  const std::string cached =
      usage.num_cached_tokens > 0 ? fmt::format(" ({} known)", usage.num_cached_tokens) : std::string();
  return fmt::format("prompt {} tokens{} at {:.1f} tok/s, answer {} tokens at {:.1f} tok/s, {:.2f} s",
                     usage.num_prompt_tokens, cached, result.timings.prompt_rate(usage),
                     usage.num_generated_tokens, result.timings.generate_rate(usage), seconds);
}

}  // namespace hearth::cli
