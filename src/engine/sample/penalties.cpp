#include "engine/sample/penalties.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/sample/logit_math.h"

namespace hearth {
namespace {

// A run longer than this is penalised no further: base^60 is beyond any logit already.
constexpr int kLongestRun = 128;

/// A penalty never forbids a token, however large it is.
float finite(double logit) {
  return std::isnan(logit) ? -kMaxLogit : float(std::clamp(logit, double(-kMaxLogit), double(kMaxLogit)));
}

/// Tokens at the end of `tokens` behind the last sequence breaker; looks back `limit` tokens at most.
size_t unbroken_tail(std::span<const TokenId> tokens, size_t limit, const std::vector<std::string>& breakers,
                     const TokenBytes& token_bytes) {
  const auto tail = tokens.last(std::min(limit, tokens.size()));
  std::string text;
  std::vector<size_t> ends;
  for (TokenId id : tail) {
    text.append(token_bytes(id));
    ends.push_back(text.size());
  }
  size_t broken = 0;  // byte behind the last breaker
  for (const std::string& breaker : breakers) {
    const size_t at = text.rfind(breaker);
    if (at != std::string::npos) broken = std::max(broken, at + breaker.size());
  }
  if (broken == 0) return tail.size();
  return size_t(ends.end() - std::lower_bound(ends.begin(), ends.end(), broken)) - 1;
}

/// z[i]: length of the longest common prefix of `text` and its rest from i (Gusfield 1997), for i >= 1.
std::vector<size_t> common_prefixes(std::span<const TokenId> text) {
  std::vector<size_t> z(text.size(), 0);
  size_t left = 0, right = 0;
  for (size_t i = 1; i < text.size(); ++i) {
    if (i < right) z[i] = std::min(right - i, z[i - left]);
    while (i + z[i] < text.size() && text[z[i]] == text[i + z[i]]) ++z[i];
    if (i + z[i] > right) {
      left = i;
      right = i + z[i];
    }
  }
  return z;
}

}  // namespace

void apply_penalties(Candidates& candidates, const SamplingParams& params, const TokenHistory& history) {
  const double repetition = double(params.repetition_penalty);
  const bool counts = params.presence_penalty != 0.0f || params.frequency_penalty != 0.0f;
  if (repetition == 1.0 && !counts) return;
  const auto window = history.last(params.penalty_last_n);
  const size_t first = history.tokens.size() - window.size();
  std::unordered_map<TokenId, int> in_completion;
  for (size_t i = 0; i < window.size(); ++i) {
    in_completion[window[i]] += int(first + i >= history.num_prompt_tokens);
  }
  std::vector<Candidates::Item> changes;
  changes.reserve(in_completion.size());
  for (const auto& [id, count] : in_completion) {
    double logit = double(candidates.logit(id));
    logit = logit <= 0.0 ? logit * repetition : logit / repetition;
    if (count > 0) logit -= count * double(params.frequency_penalty) + double(params.presence_penalty);
    changes.push_back({finite(logit), id});
  }
  candidates.replace(changes);
}

void apply_dry(Candidates& candidates, const DryParams& params, const TokenHistory& history,
               const TokenBytes& token_bytes) {
  if (params.multiplier == 0.0f) return;
  const auto window = history.last(params.last_n);
  const size_t allowed = size_t(params.allowed_length);
  const size_t longest =
      std::min(unbroken_tail(window, allowed + kLongestRun, params.sequence_breakers, token_bytes),
               allowed + kLongestRun);
  if (longest < allowed) return;

  // Backwards, a run that ends the history is a prefix, and what followed an earlier one stands before it.
  const std::vector<TokenId> reversed(window.rbegin(), window.rend());
  const std::vector<size_t> runs = common_prefixes(reversed);
  std::unordered_map<TokenId, size_t> longest_run;
  for (size_t i = 1; i < runs.size(); ++i) {
    const size_t run = std::min(runs[i], longest);
    if (run >= allowed) longest_run[reversed[i - 1]] = std::max(longest_run[reversed[i - 1]], run);
  }
  std::vector<Candidates::Item> changes;
  for (const auto& [id, run] : longest_run) {
    const double penalty = double(params.multiplier) * std::pow(double(params.base), double(run - allowed));
    changes.push_back({finite(double(candidates.logit(id)) - penalty), id});
  }
  candidates.replace(changes);
}

}  // namespace hearth
