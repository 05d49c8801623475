#include "text/jinja/value/meter.h"

namespace hearth::jinja {

Status Meter::exhausted() const {
  if (bytes_ > limits_.max_memory) return out_of_memory();
  return fail_hint(ErrorCode::kResourceLimit, "the template may hold an endless or very large loop",
                   "the chat template took more than {} steps", limits_.max_steps);
}

Status Meter::out_of_memory() const {
  return fail_hint(ErrorCode::kResourceLimit, "shorten the conversation, or check the template",
                   "the chat template's values take more than {} bytes", limits_.max_memory);
}

Status Meter::string_too_long() const {
  return fail_hint(ErrorCode::kResourceLimit, "shorten the conversation, or check the template",
                   "the chat template made a string of more than {} bytes", limits_.max_output);
}

std::unexpected<Error> too_deep(std::string_view what, int max_depth) {
  return fail(ErrorCode::kResourceLimit, "{} nested deeper than {} levels", what, max_depth);
}

}  // namespace hearth::jinja
