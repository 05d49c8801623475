#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "formats/huggingface/json_node.h"
#include "text/tokenizer/tokenizer_spec.h"

namespace hearth {

/// The parts of a tokenizer.json as steps, nested sequences in order. Errors: kCorruptData naming the place;
/// kUnsupported for a kind that this build does not know; kResourceLimit for more than 256 steps.
Result<std::vector<NormalizerStep>> read_normalizer(const JsonNode& node);
Result<std::vector<PreTokenizerStep>> read_pre_tokenizer(const JsonNode& node);
Result<std::vector<DecoderStep>> read_decoder(const JsonNode& node);

/// What a post-processor puts around one text, and around two.
struct SpecialFrame {
  std::vector<TokenId> prefix = {}, suffix = {};
  std::optional<PairFrame> pair = {};  ///< nothing: it does nothing, or what no pair of texts is made by
};
Result<SpecialFrame> read_post_processor(const JsonNode& node);

inline constexpr size_t kMaxSteps = 256;

/// Calls `read` for each element of the list `key` of a Sequence, and checks how many steps that makes.
template <typename Steps, typename Read>
Status read_sequence(const JsonNode& node, std::string_view key, Steps& steps, Read read) {
  for (const JsonNode& one : TRY(TRY(node.get(key)).list(kMaxSteps))) TRY(read(one, steps));
  if (steps.size() <= kMaxSteps) return {};
  return fail_hint(ErrorCode::kResourceLimit, "check where the file comes from",
                   "{} makes more than {} steps", node.path(), kMaxSteps);
}

/// A pattern as files have it: {"String": ...} or {"Regex": ...}.
struct StepPattern {
  std::string text;
  bool is_regex = false;
};
Result<StepPattern> read_pattern(const JsonNode& node);

}  // namespace hearth
