// AMX's instructions with the number of a tile register as a template's argument. The compilers' own
// intrinsics are macros that take it from the source text alone.

/// What the instruction that configures the registers reads.
struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};

inline void tile_configure(const TileConfig* config) { __asm__ volatile("ldtilecfg %0" ::"m"(*config)); }
inline void tile_release() { __asm__ volatile("tilerelease"); }

template <int kTile>
inline void tile_zero() {
  __asm__ volatile("tilezero %%tmm%c0" ::"i"(kTile));
}
template <int kTile>
inline void tile_load(const void* base, int64_t stride) {
  __asm__ volatile("tileloadd (%1,%2,1), %%tmm%c0" ::"i"(kTile), "r"(base), "r"(stride) : "memory");
}
template <int kTile>
inline void tile_store(void* base, int64_t stride) {
  __asm__ volatile("tilestored %%tmm%c0, (%1,%2,1)" ::"i"(kTile), "r"(base), "r"(stride) : "memory");
}
/// sums += a * b, both of signed bytes.
template <int kSums, int kA, int kB>
inline void tile_dot() {
  __asm__ volatile("tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSums), "i"(kA), "i"(kB));
}
/// sums += a * b, both of bfloat16, the sums of binary32.
template <int kSums, int kA, int kB>
inline void tile_dot_bf16() {
  __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSums), "i"(kA), "i"(kB));
}
