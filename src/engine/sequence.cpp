#include "engine/sequence.h"

#include <utility>

namespace hearth {

Sequence::Sequence(RequestId request_id, GenerateRequest request, const Tokenizer& tokenizer,
                   Sampler drawn_by)
    : id(request_id),
      tokens(std::move(request.prompt)),
      num_prompt_tokens(tokens.size()),
      cache_salt(std::move(request.cache_salt)),
      sampler(std::move(drawn_by)),
      output(tokenizer, request.render_special, std::move(request.stop)),
      logits_processors(std::move(request.logits_processors)),
      end_ids(std::move(request.stop_token_ids)),
      on_event(std::move(request.on_event)) {}

}  // namespace hearth
