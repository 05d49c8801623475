#include "cli/chat/answer.h"

#include <utility>

namespace hearth::cli {

Result<Answer> generate_answer(Engine& engine, GenerateRequest request, InterruptGuard& interrupt,
                               const AnswerSink& sink) {
  Answer answer;
  bool done = false;
  request.on_event = [&](const GenerateEvent& event) {
    for (const OutputPart& part : event.parts) {
      (part.kind == PartKind::kReasoning ? answer.reasoning : answer.text) += part.text;
      if (!part.text.empty()) sink(part.kind, part.text);
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

AnswerPrinter::AnswerPrinter(TextSink thoughts, TextSink answer)
    : thoughts_(std::move(thoughts)), answer_(std::move(answer)) {}

void AnswerPrinter::add(PartKind kind, std::string_view text) {
  if (kind == PartKind::kReasoning) {
    if (thoughts_) thoughts_(text);
    is_thinking_ = bool(thoughts_);
    return;
  }
  if (std::exchange(is_thinking_, false)) thoughts_("\n\n");
  answer_(text);
}

void AnswerPrinter::end() {
  if (std::exchange(is_thinking_, false)) thoughts_("\n");
}

std::optional<std::string_view> note_of(const Answer& answer) {
  const bool is_cut = answer.text.empty() && !answer.reasoning.empty();
  if (!is_cut || answer.result.reason == FinishReason::kCancelled) return std::nullopt;
  return "the model has only thought so far: more tokens (--max-tokens), or fewer for thoughts "
         "(--think-budget)";
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
