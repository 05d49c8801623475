#include "engine/schedule/request_check.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/ranges.h>

namespace hearth {
namespace {

Status check_length(const GenerateRequest& request, size_t context) {
  if (request.prompt.empty()) {
    return fail_hint(ErrorCode::kInvalidArgument, "give it at least one token", "the prompt is empty");
  }
  const bool generates = request.task == Task::kGenerate && request.max_tokens != size_t{0};
  if (request.prompt.size() + size_t(generates) <= context) return {};
  return fail_hint(ErrorCode::kContextOverflow, "shorten the prompt or start with a larger context",
                   "the prompt has {} tokens, but the context holds {}{}", request.prompt.size(), context,
                   generates ? " with the completion" : "");
}

Status check_task(const GenerateRequest& request, const RequestLimits& limits) {
  if (request.task == Task::kGenerate && !limits.generates) {
    return fail_hint(
        ErrorCode::kUnsupported,
        "use a model that writes text; this one is for /v1/embeddings, /v1/rerank and hearth embed",
        "the model is an encoder, which reads texts and writes none");
  }
  if (request.task == Task::kScore && !limits.scores) {
    return fail_hint(ErrorCode::kUnsupported, "use a reranker, such as bge-reranker or Qwen3-Reranker",
                     "the model is no reranker: it has no head that scores texts");
  }
  const Pooling pooling = request.vector.pooling;
  if (request.task == Task::kEmbed && (pooling == Pooling::kNone || pooling == Pooling::kRank)) {
    return fail_hint(ErrorCode::kUnsupported, "ask for the pooling mean, cls or last",
                     "the pooling asked for makes no vector of a text");
  }
  if (request.token_types.empty()) return {};
  const auto is_known = [&](int32_t type) { return type >= 0 && size_t(type) < limits.num_token_types; };
  if (request.token_types.size() == request.prompt.size() &&
      std::ranges::all_of(request.token_types, is_known)) {
    return {};
  }
  return fail_hint(ErrorCode::kInvalidArgument,
                   fmt::format("give each token a segment below {}", limits.num_token_types),
                   "token_types: not a segment of the model's for each token");
}

Status check_media(const Prompt& prompt, bool takes_media) {
  if (takes_media || prompt.contents().empty()) return {};
  return fail_hint(ErrorCode::kUnsupported, "send text alone", "the model takes no images and no audio");
}

Status check_adapter(const std::string& adapter, std::span<const std::string> adapters) {
  if (adapter.empty() || std::ranges::find(adapters, adapter) != adapters.end()) return {};
  return fail_hint(ErrorCode::kNotFound,
                   adapters.empty() ? std::string("leave it out: the model has none")
                                    : fmt::format("it has {}", fmt::join(adapters, ", ")),
                   "adapter: the model has no adapter '{}'", adapter);
}

Status check_ids(const std::vector<TokenId>& ids, std::string_view name, size_t vocab_size) {
  for (TokenId id : ids) {
    if (id >= 0 && size_t(id) < vocab_size) continue;
    return fail_hint(ErrorCode::kInvalidArgument, fmt::format("ids go from 0 to {}", vocab_size - 1),
                     "{} holds token {}, which the model does not have", name, id);
  }
  return {};
}

/// Tokens that must not be drawn first: by a bias, or since nothing may end the completion yet.
Status check_bans(const GenerateRequest& request, const RequestLimits& limits) {
  if (request.task != Task::kGenerate || request.max_tokens == size_t{0}) return {};
  if (request.sampling.logit_bias.empty() && request.min_tokens == 0) return {};
  std::vector<TokenId> banned(limits.unnamed.begin(), limits.unnamed.end());
  for (const auto& [id, bias] : request.sampling.logit_bias) {
    if (bias == -std::numeric_limits<float>::infinity()) banned.push_back(id);
  }
  const auto bans_all = [&] {
    std::ranges::sort(banned);
    const auto repeated = std::ranges::unique(banned);
    banned.erase(repeated.begin(), repeated.end());
    return banned.size() >= limits.vocab_size;
  };
  if (bans_all()) {
    return fail_hint(ErrorCode::kInvalidArgument, "leave at least one token",
                     "logit_bias: forbids every token that the model has{}",
                     limits.unnamed.empty()
                         ? std::string()
                         : fmt::format(", but for {} ids that no token names and that are never drawn",
                                       limits.unnamed.size()));
  }
  if (request.min_tokens == 0) return {};
  banned.insert(banned.end(), request.stop_token_ids.begin(), request.stop_token_ids.end());
  if (!request.ignore_eos) banned.insert(banned.end(), limits.end_ids.begin(), limits.end_ids.end());
  if (!bans_all()) return {};
  return fail_hint(
      ErrorCode::kInvalidArgument, "leave a token that may come first",
      "min_tokens: every token would end the completion or is forbidden, and none may come before {} "
      "that do not",
      request.min_tokens);
}

}  // namespace

Status check_request(const GenerateRequest& request, const RequestLimits& limits) {
  TRY(check_task(request, limits));
  TRY(check_length(request, limits.context));
  TRY(check_ids(request.prompt.tokens(), "the prompt", limits.vocab_size));
  TRY(check_media(request.prompt, limits.takes_media));
  TRY(check_adapter(request.adapter, limits.adapters));
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
  TRY(validate(request.sampling, limits.vocab_size));
  return check_bans(request, limits);
}

}  // namespace hearth
