#include "api/ollama/truncation.h"

#include <algorithm>
#include <span>
#include <utility>

namespace hearth::api {
namespace {

bool fits(const Prompt& prompt, const GenerationParameters& parameters) {
  return check_prompt(prompt, parameters).has_value();
}

/// The system's messages and those from `begin` on.
ChatPrompt without_oldest(const ChatPrompt& chat, size_t begin) {
  ChatPrompt rest = chat;
  rest.messages = Json::array();
  for (size_t i = 0; i < chat.messages.size(); ++i) {
    if (i >= begin || chat.messages[i]["role"] == "system") rest.messages.push_back(chat.messages[i]);
  }
  return rest;
}

}  // namespace

Result<FittedPrompt> encode_truncated_chat(const ChatPrompt& chat, const ApiCall& call,
                                           const GenerationParameters& parameters) {
  FittedPrompt whole{.prompt = TRY(encode_chat(chat, call))};
  if (fits(whole.prompt, parameters)) return whole;
  // A turn begins with the user: what answers or carries on something dropped goes with it.
  std::vector<size_t> turns;
  for (size_t i = 1; i < chat.messages.size(); ++i) {
    if (chat.messages[i]["role"] == "user") turns.push_back(i);
  }
  size_t low = 0, high = turns.size();
  std::optional<Prompt> longest;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    Prompt prompt = TRY(encode_chat(without_oldest(chat, turns[middle]), call));
    if (fits(prompt, parameters)) {
      longest = std::move(prompt);
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  // What is refused is told with the numbers of the whole.
  if (!longest) return whole;
  const size_t num_dropped = whole.prompt.size() - std::min(longest->size(), whole.prompt.size());
  return FittedPrompt{.prompt = *std::move(longest), .num_dropped_tokens = num_dropped};
}

FittedPrompt truncate_tokens(Prompt prompt, size_t num_keep, const GenerationParameters& parameters) {
  if (prompt.empty() || fits(prompt, parameters)) return {.prompt = std::move(prompt)};
  const size_t room =
      std::min(parameters.max_tokens.value_or(SIZE_MAX), std::max<size_t>(parameters.context / 2, 1));
  const size_t limit = parameters.context - std::min(room, parameters.context - 1);
  const size_t kept = std::min(num_keep, limit / 2);
  const std::span<const TokenId> tokens = prompt.tokens();
  FittedPrompt fitted;
  fitted.num_dropped_tokens = tokens.size() - std::min(limit, tokens.size());
  fitted.prompt.append_tokens(tokens.first(kept));
  fitted.prompt.append_tokens(tokens.last(std::min(limit, tokens.size()) - kept));
  return fitted;
}

}  // namespace hearth::api
