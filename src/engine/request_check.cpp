#include "engine/request_check.h"

namespace hearth {
namespace {

Status check_length(const GenerateRequest& request, size_t context) {
  if (request.prompt.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give it at least one token", "the prompt is empty");
  }
  const bool answers = request.task == Task::kGenerate && request.max_tokens != size_t{0};
  if (request.prompt.size() + size_t(answers) <= context) return {};
  return fail_hint(ErrorCode::kContextOverflow, "shorten the prompt or start with a larger context",
                   "the prompt has {} tokens, but the context holds {}{}", request.prompt.size(), context,
                   answers ? " with the answer" : "");
}

Status check_ids(const std::vector<TokenId>& ids, std::string_view name, size_t vocab_size) {
  for (TokenId id : ids) {
    if (id >= 0 && size_t(id) < vocab_size) continue;
    return fail_hint(ErrorCode::kInvalidArgument, fmt::format("ids go from 0 to {}", vocab_size - 1),
                     "{} holds token {}, which the model does not have", name, id);
  }
  return {};
}

}  // namespace

Status check_request(const GenerateRequest& request, const RequestLimits& limits) {
  TRY(check_length(request, limits.context));
  TRY(check_ids(request.prompt, "the prompt", limits.vocab_size));
  TRY(check_ids(request.stop_token_ids, "stop_token_ids", limits.vocab_size));
  if (request.prompt_logprobs < -1 || request.prompt_logprobs > SamplingParams::kMaxLogprobs) {
    return fail_hint(ErrorCode::kInvalidArgument,
                     fmt::format("use -1 (none) to {}", SamplingParams::kMaxLogprobs),
                     "prompt_logprobs is {}", request.prompt_logprobs);
  }
  if (request.max_tokens && request.min_tokens > *request.max_tokens) {
    return fail_hint(ErrorCode::kInvalidArgument, "use no more than max_tokens",
                     "min_tokens is {}, but max_tokens is {}", request.min_tokens, *request.max_tokens);
  }
  return validate(request.sampling, limits.vocab_size);
}

}  // namespace hearth
