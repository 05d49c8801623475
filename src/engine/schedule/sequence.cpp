#include "engine/schedule/sequence.h"

#include <algorithm>
#include <utility>

namespace hearth {

Sequence::Sequence(RequestId request_id, GenerateRequest request, const Tokenizer& tokenizer,
                   Sampler drawn_by)
    : id(request_id),
      contents(request.prompt.contents()),
      tokens(std::move(request.prompt).take_tokens()),
      num_prompt_tokens(tokens.size()),
      task(request.task),
      min_tokens(request.min_tokens),
      priority(request.priority),
      tenant(std::move(request.tenant)),
      cache_salt(std::move(request.cache_salt)),
      adapter(std::move(request.adapter)),
      sampler(std::move(drawn_by)),
      output(tokenizer, request.render_special, std::move(request.spelt_tokens), std::move(request.stop)),
      parser(request.output_parser != nullptr ? std::move(request.output_parser) : plain_output()),
      logits_processors(std::move(request.logits_processors)),
      constraints(std::move(request.constraints)),
      end_ids(std::move(request.stop_token_ids)),
      on_event(std::move(request.on_event)),
      vector(request.vector),
      num_prompt_logprobs(request.prompt_logprobs) {}

size_t Sequence::num_reusable() const {
  size_t count = tokens.size() - 1;
  if (wants_prompt_logprobs() && prompt_logprobs.size() < num_prompt_tokens) {
    count = std::min(count, std::max<size_t>(prompt_logprobs.size(), 1) - 1);
  }
  if (task == Task::kEmbed && vector.pooling != Pooling::kLast) count = std::min(count, num_pooled);
  return count;
}

}  // namespace hearth
