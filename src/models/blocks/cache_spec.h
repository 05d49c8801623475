#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hearth {

/// What one group of layers keeps of a sequence. Layers with equal specs on one device share a block table.
struct CacheSpec {
  enum class Kind : uint8_t {
    kFull,           ///< keys and values of every token
    kSlidingWindow,  ///< of those that a window still sees
    kState,          ///< a state that each token changes
  };
  Kind kind = Kind::kFull;
  int window = 0;  ///< kSlidingWindow: positions a token sees, itself included
  int num_kv_heads = 0;
  int key_dim = 0;
  int value_dim = 0;
  size_t state_bytes = 0;   ///< kState: of one layer
  std::vector<int> layers;  ///< which of the model's layers, in order
  size_t device = 0;        ///< of the model's placement, where all these layers keep it

  /// Whether the layers of both keep the same, and so belong to one group.
  bool keeps_same_as(const CacheSpec& other) const {
    return kind == other.kind && window == other.window && num_kv_heads == other.num_kv_heads &&
           key_dim == other.key_dim && value_dim == other.value_dim && state_bytes == other.state_bytes;
  }
};

}  // namespace hearth
