#pragma once

#include "engine/schedule/request.h"

namespace hearth {

struct RequestLimits {
  size_t vocab_size = 0;
  size_t context = 0;                     ///< most tokens of prompt and answer
  std::span<const TokenId> end_ids = {};  ///< that end the model's turn
  std::span<const TokenId> unnamed = {};  ///< that are never drawn
};

/// Errors: kInvalidArgument naming the parameter; kContextOverflow with both numbers for a prompt that leaves
/// no room for an answer, or none for itself where no answer is wanted. A request that forbids every token is
/// among the former.
Status check_request(const GenerateRequest& request, const RequestLimits& limits);

}  // namespace hearth
