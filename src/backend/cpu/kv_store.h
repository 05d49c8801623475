#pragma once

#include "backend/cpu/kv_layout.h"

namespace hearth::cpu {

/// Writes a token's key, [key_dim] floats, to place `token` of a block. `at` is the kv head's part.
void store_key(const KvLayout& layout, const float* key, int token, std::byte* at);

/// The same for a value of value_dim floats.
void store_value(const KvLayout& layout, const float* value, int value_dim, int token, std::byte* at);

}  // namespace hearth::cpu
