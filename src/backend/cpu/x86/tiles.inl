// AMX's instructions with the number of a tile register as a template's argument. The compilers' own
// intrinsics are macros that take it from the source text alone.

/// Registers 0-3 for sums [columns][16 rows], 4-5 for inputs [columns][input_bytes], 6-7 for weights, in
/// lines of 64 bytes.
inline void tile_configure(int columns, int input_bytes, int weight_lines) {
  struct alignas(64) {
    uint8_t palette = 1, start_row = 0;
    uint8_t reserved[14] = {};
    uint16_t row_bytes[16] = {};
    uint8_t rows[16] = {};
  } config;
  for (int tile = 0; tile < 8; ++tile) {
    config.row_bytes[tile] = uint16_t(tile == 4 || tile == 5 ? input_bytes : 64);
    config.rows[tile] = uint8_t(tile < 6 ? columns : weight_lines);
  }
  __asm__ volatile("ldtilecfg %0" ::"m"(config));
}
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
/// sums += a * b, of signed and unsigned bytes.
template <int kSums, int kA, int kB>
inline void tile_dot_unsigned() {
  __asm__ volatile("tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSums), "i"(kA), "i"(kB));
}
/// sums += a * b, both of bfloat16, the sums of binary32.
template <int kSums, int kA, int kB>
inline void tile_dot_bf16() {
  __asm__ volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(kSums), "i"(kA), "i"(kB));
}
