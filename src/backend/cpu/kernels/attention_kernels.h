#pragma once

#include <cstddef>
#include <cstdint>

// What the attention kernels of every instruction set take. Plain declarations: the kernels' own files
// include nothing else.

namespace hearth::cpu {

/// How one kv head's keys and values lie in a block of 32 tokens. Keys have a token per vector lane, values a
/// dimension per lane.
///   floats:  keys [key_dim][32], values [32][value_dim]
///   kQ8:     keys: scales [groups][32], then quants + 128 [groups][8][32][4];
///            values: scales [groups][32], then quants [32][groups][32]
///   kQ4:     keys: scales [groups][32], then codes [groups][4][32][4], dimension i of a group in the low
///            halves, i + 16 in the high ones; values: scales [groups][32], then codes [32][groups][16],
///            likewise
/// A group is 32 dimensions of a head with one binary16 scale for each token; quants and codes are those of
/// Q8_0 and Q4_0, of the head after `rotate_hadamard`.
enum class KvCodec : uint8_t { kF32, kF16, kBf16, kQ8, kQ4 };

constexpr bool is_quantized(KvCodec codec) { return codec == KvCodec::kQ8 || codec == KvCodec::kQ4; }

/// Dimensions of a head that share a scale.
inline constexpr int kKvGroup = 32;
/// Positions whose softmax is computed together. Chunks begin at absolute multiples of it, in prefill and
/// decode.
inline constexpr int kAttentionChunk = 256;
inline constexpr int kChunkBlocks = kAttentionChunk / 32;
/// Queries that one call of the kernel carries through the keys together.
inline constexpr int kMaxQueries = 16;

/// A query of a quantised cache: dims = 32 * groups.
struct QuantizedQueries {
  const int8_t* quants;  ///< [query][dims]
  const float* scales;   ///< [query][groups]
  const int32_t* sums;   ///< [query][groups], of the quants
};

/// One tile of queries against the keys and values of one chunk of positions.
struct AttentionChunkArgs {
  int num_queries;               ///< at most kMaxQueries
  const float* const* queries;   ///< [num_queries] rows of key_dim; for keys of floats
  QuantizedQueries quantized;    ///< for other keys
  const int32_t* first_visible;  ///< [num_queries] positions
  const int32_t* last_visible;   ///< [num_queries], inclusive
  int chunk_begin, chunk_end;    ///< absolute positions; begin is a multiple of kAttentionChunk
  const uint8_t* const* keys;    ///< [kChunkBlocks] this kv head's part of each block
  const uint8_t* const* values;  ///< [kChunkBlocks]
  KvCodec key_codec, value_codec;
  const uint8_t* next_keys;       ///< what will be read after this chunk, as a hint; may be null
  bool prefetch;                  ///< keys and values come from memory rather than from a cache
  int key_dim, value_dim;         ///< value_dim as stored: a multiple of 16, of kKvGroup where quantised
  size_t key_bytes, value_bytes;  ///< of this kv head in a block
  float scale, softcap;
  const float* slopes;       ///< [num_queries], of what distance takes off a score; null: none
  const int32_t* positions;  ///< [num_queries], of the queries themselves
  float* scratch;            ///< [num_queries * kAttentionChunk]
  float* highest;            ///< [num_queries] out: largest score, -inf where nothing is visible
  float* total;              ///< [num_queries] out: sum of exp(score - highest)
  float* out;                ///< [num_queries][value_dim] out: sum of exp(score - highest) * value
};

/// What is decoded to binary32, to be used by many tiles of queries. Quantised keys are used as they are.
struct AttentionExpandArgs {
  KvCodec codec;
  const uint8_t* const* blocks;  ///< [kChunkBlocks]
  int first_block, num_tokens;   ///< of the chunk: blocks from the first, tokens up to num_tokens
  bool is_keys;
  int dims;  ///< as stored
  float* out;
};

}  // namespace hearth::cpu
