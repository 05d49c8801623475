#pragma once

#include "engine/schedule/request.h"

namespace hearth {

struct RequestLimits {
  size_t vocab_size = 0;
  size_t context = 0;                          ///< most tokens of prompt and completion
  std::span<const TokenId> end_ids = {};       ///< that end the model's turn
  std::span<const TokenId> unnamed = {};       ///< that are never drawn
  std::span<const std::string> adapters = {};  ///< that the model has
  bool takes_media = false;                    ///< images or audio may stand in a prompt
  bool generates = true;                       ///< the model writes texts
  bool scores = false;                         ///< the model has a head that scores texts
  size_t num_token_types = 1;                  ///< segments that its tokens may be of
};

/// Errors: kInvalidArgument naming the parameter, also for a request that forbids every token;
/// kUnsupported for a task that is not the model's, and for media that it does not take, kNotFound for an
/// adapter that it does not have, kContextOverflow with both numbers for a prompt that leaves no room for a
/// completion, or does not fit itself where none is wanted.
Status check_request(const GenerateRequest& request, const RequestLimits& limits);

}  // namespace hearth
