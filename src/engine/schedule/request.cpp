#include "engine/schedule/request.h"

namespace hearth {
namespace {

double rate(size_t count, std::chrono::nanoseconds time) {
  return time.count() > 0 ? double(count) * 1e9 / double(time.count()) : 0.0;
}

}  // namespace

std::string_view to_string(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop:
      return "stop";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kCancelled:
      return "cancelled";
    case FinishReason::kError:
      return "error";
  }
  return "";
}

double Timings::prompt_rate(const Usage& usage) const {
  return rate(usage.num_prompt_tokens - usage.num_cached_tokens, prompt);
}

double Timings::generate_rate(const Usage& usage) const {
  // The first token comes with the prompt.
  return rate(usage.num_generated_tokens > 0 ? usage.num_generated_tokens - 1 : 0, generate);
}

}  // namespace hearth
