#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace hearth {

/// How the hidden states of a text become one vector, or scores. The numbers are GGUF's `pooling_type`.
enum class Pooling : uint8_t {
  kNone = 0,  ///< they do not: each token keeps its own
  kMean = 1,
  kCls = 2,   ///< that of the first token
  kLast = 3,  ///< that of the last token
  kRank = 4,  ///< a head makes scores of them
};

/// What follows a dense layer that the pooled vector goes through.
enum class DenseActivation : uint8_t { kIdentity, kTanh };

/// A text that stands in front of all that is embedded for a purpose.
struct EmbeddingPrompt {
  std::string name, text;

  bool operator==(const EmbeddingPrompt&) const = default;
};

/// What files say of how a model makes vectors and scores of texts; each only where they say so.
struct EmbeddingConfig {
  std::optional<Pooling> pooling;
  std::optional<bool> normalize;         ///< vectors have length 1
  std::vector<DenseActivation> dense;    ///< of the dense layers behind the pooling; those not here: none
  std::optional<bool> use_activation;    ///< scores go through sigmoid or softmax
  size_t max_tokens = 0;                 ///< most of a text; 0: as many as the model has positions for
  std::vector<std::string> labels;       ///< of the scores
  std::vector<EmbeddingPrompt> prompts;  ///< for what a client names
  std::string default_prompt;            ///< the name of the one that is used otherwise; empty: none
};

/// What stands in front of each text: the prompt of this name, or the default one; empty where there is none.
/// Error: kInvalidArgument for a name that the model does not have.
Result<std::string> prompt_text(const EmbeddingConfig& config, const std::optional<std::string>& name);

}  // namespace hearth
