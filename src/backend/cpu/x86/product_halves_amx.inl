// Products of weights of half precision by the matrix unit. An input is cut into three bfloat16 that add up
// to it, a weight into one or two, and the unit adds their exact products in binary32: nothing of either is
// lost but what the sum itself rounds. The unit's order within 32 inputs is its own, so these are not the
// vector kernels' bits; they are the same at every number of columns, one included.

constexpr int64_t kHalfPartBlocks = 8;
constexpr int kHalfPanelsAtOnce = 8;

/// Cuts inputs [0, k) of column `lane` of a tile into bfloat16s, [blocks][parts][width][32]. The last block
/// is filled up with zeros.
void split_halves(const float* in, int64_t k, int width, int lane, uint16_t* out) {
  const __m512i upper = _mm512_set1_epi32(int(0xffff0000));
  const auto upper_half = [&](__m512 x) {
    return _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(x), upper));
  };
  constexpr int kInfinite = 0x99;  // NaNs and infinities have nothing behind their first part.
  for (int64_t i = 0; i < (k + kBlock - 1) / kBlock * kBlock; i += 16) {
    const int64_t left = k - i;
    const __mmask16 there = left >= 16 ? 0xffff : left > 0 ? __mmask16((1 << left) - 1) : 0;
    const __m512 x = _mm512_maskz_loadu_ps(there, in + i);
    const __mmask16 finite = ~_mm512_fpclass_ps_mask(x, kInfinite);
    const __m512 rest = _mm512_maskz_sub_ps(finite, x, upper_half(x));
    const __m512 parts[kInputParts] = {x, rest, _mm512_sub_ps(rest, upper_half(rest))};
    uint16_t* at = out + (i / kBlock * kInputParts * width + lane) * kBlock + i % kBlock;
    for (int part = 0; part < kInputParts; ++part) {
      const __m512i bits = _mm512_srli_epi32(_mm512_castps_si512(parts[part]), 16);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(at + part * width * kBlock),
                          _mm512_cvtepi32_epi16(bits));
    }
  }
}

/// Two inputs' weights side by side, [16 rows][2].
struct PairedBf16 {
  static constexpr int kParts = 1;
  static void pair(const uint16_t* even, const uint16_t* odd, uint16_t* out, size_t) {
    const auto wide = [](const uint16_t* p) {
      return _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    };
    _mm512_store_si512(out, _mm512_or_si512(wide(even), _mm512_slli_epi32(wide(odd), 16)));
  }
};
/// Binary16 has 11 bits of significand: 8 in the first part, the others in the second.
struct PairedF16 {
  static constexpr int kParts = 2;
  static void pair(const uint16_t* even, const uint16_t* odd, uint16_t* out, size_t to_second) {
    const __m512i upper = _mm512_set1_epi32(int(0xffff0000));
    const __m512 a = rows_load_half(even), b = rows_load_half(odd);
    const __m512i first_a = _mm512_and_si512(_mm512_castps_si512(a), upper);
    const __m512i first_b = _mm512_and_si512(_mm512_castps_si512(b), upper);
    const __m512i rest_a = _mm512_castps_si512(_mm512_sub_ps(a, _mm512_castsi512_ps(first_a)));
    const __m512i rest_b = _mm512_castps_si512(_mm512_sub_ps(b, _mm512_castsi512_ps(first_b)));
    _mm512_store_si512(out, _mm512_or_si512(_mm512_srli_epi32(first_a, 16), first_b));
    _mm512_store_si512(out + to_second, _mm512_or_si512(_mm512_srli_epi32(rest_a, 16), rest_b));
  }
};

constexpr size_t kOpenPart = kBlock * kPanelRows;

/// Some blocks of a panel, [blocks][parts][16 pairs][16 rows][2].
template <class C, int64_t kBlocks = kHalfPartBlocks>
struct OpenHalves {
  alignas(64) uint16_t pairs[size_t(kBlocks) * C::kParts * kOpenPart];
};

/// Blocks [first_block, first_block + num_blocks) of a panel, filled up with zeros behind its last input.
template <class C, int64_t kBlocks>
inline void open_halves(const ProductArgs& args, int64_t panel, int64_t first_block, int64_t num_blocks,
                        OpenHalves<C, kBlocks>& out) {
  alignas(64) static constexpr uint16_t kNone[kPanelRows] = {};
  const auto* base =
      reinterpret_cast<const uint16_t*>(args.slice->panels + size_t(panel) * args.slice->panel_bytes);
  for (int64_t i = 0; i < num_blocks * kBlock; i += 2) {
    const int64_t input = first_block * kBlock + i;
    const uint16_t* even = base + input * kPanelRows;
    __builtin_prefetch(even + kHalfPartBlocks * kBlock * kPanelRows);
    C::pair(input < args.k ? even : kNone, input + 1 < args.k ? even + kPanelRows : kNone,
            out.pairs + size_t(i / kBlock) * C::kParts * kOpenPart + size_t(i % kBlock) * kPanelRows,
            kOpenPart);
  }
}

/// sums[tile][panel] += inputs * weights over some blocks. in[tile]: [blocks][3][columns][32].
template <class C, int kTiles, int kPanels>
void add_halves(const uint16_t* const (&in)[2], int64_t columns, const OpenHalves<C>* parts,
                int64_t num_blocks, Totals* const (&sums)[2]) {
  const auto each_sum = [&](auto body) {
    body.template operator()<0, 0>();
    if constexpr (kPanels == 2) body.template operator()<0, 1>();
    if constexpr (kTiles == 2) body.template operator()<1, 0>();
    if constexpr (kTiles == 2 && kPanels == 2) body.template operator()<1, 1>();
  };
  each_sum([&]<int kT, int kP>() { tile_load<2 * kT + kP>(sums[kT][kP], 64); });
  for (int64_t block = 0; block < num_blocks; ++block) {
    for (int w = 0; w < C::kParts; ++w) {
      const size_t at = (size_t(block) * C::kParts + size_t(w)) * kOpenPart;
      tile_load<6>(parts[0].pairs + at, 64);
      if constexpr (kPanels == 2) tile_load<7>(parts[1].pairs + at, 64);
      // The last part of an input by the last of a weight is below what the sum rounds.
      for (int part = 0; part < kInputParts - w; ++part) {
        const int64_t offset = (block * kInputParts + part) * columns * kBlock;
        tile_load<4>(in[0] + offset, 64);
        if constexpr (kTiles == 2) tile_load<5>(in[1] + offset, 64);
        each_sum([&]<int kT, int kP>() { tile_dot_bf16<2 * kT + kP, 4 + kT, 6 + kP>(); });
      }
    }
  }
  each_sum([&]<int kT, int kP>() { tile_store<2 * kT + kP>(sums[kT][kP], 64); });
}

template <class C>
void add_halves(const ProductTile* tiles, int64_t num_tiles, int64_t block, const OpenHalves<C>* parts,
                int64_t num_panels, int64_t num_blocks, Totals (*totals)[kHalfPanelsAtOnce]) {
  const int64_t columns = tiles->in.width;
  for (int64_t tile = 0; tile < num_tiles; tile += 2) {
    const bool two = tile + 1 < num_tiles;
    const int64_t offset = block * kInputParts * columns * kBlock;
    const uint16_t* in[2] = {tiles[tile].in.splits + offset,
                             two ? tiles[tile + 1].in.splits + offset : nullptr};
    for (int64_t panel = 0; panel < num_panels; panel += 2) {
      Totals* const sums[2] = {totals[tile] + panel, two ? totals[tile + 1] + panel : nullptr};
      const bool pair = panel + 1 < num_panels;
      const auto add = two ? (pair ? add_halves<C, 2, 2> : add_halves<C, 2, 1>)
                           : (pair ? add_halves<C, 1, 2> : add_halves<C, 1, 1>);
      add(in, columns, parts + panel, num_blocks, sums);
    }
  }
}

/// Row by row, the panels side by side: the output's rows lie far apart.
template <int kPanels>
inline void store_totals(const ProductArgs& args, int64_t first_panel, int64_t num_panels,
                         const ProductTile* tiles, int64_t num_tiles, const Totals (*totals)[kPanels]) {
  for (int64_t tile = 0; tile < num_tiles; ++tile) {
    for (int c = 0; c < tiles[tile].in.width; ++c) {
      for (int64_t p = 0; p < num_panels; ++p) {
        store_sums(args, tiles[tile], (first_panel + p) * kPanelRows, c, rows_load(totals[tile][p][c]));
      }
    }
  }
}

/// Panels [first_panel, first_panel + num_panels), at most kHalfPanelsAtOnce, with tiles of one width.
template <class C>
void product_half_panels(const ProductArgs& args, int64_t first_panel, int64_t num_panels,
                         const ProductTile* tiles, int64_t num_tiles) {
  alignas(64) Totals totals[kTilesAtOnce][kHalfPanelsAtOnce];
  OpenHalves<C> parts[kHalfPanelsAtOnce];
  __builtin_memset(totals, 0, size_t(num_tiles) * sizeof totals[0]);
  const int64_t blocks = (args.k + kBlock - 1) / kBlock;
  for (int64_t block = 0; block < blocks; block += kHalfPartBlocks) {
    const int64_t num_blocks = at_most(blocks - block, kHalfPartBlocks);
    for (int64_t p = 0; p < num_panels; ++p)
      open_halves<C>(args, first_panel + p, block, num_blocks, parts[p]);
    add_halves<C>(tiles, num_tiles, block, parts, num_panels, num_blocks, totals);
  }
  store_totals(args, first_panel, num_panels, tiles, num_tiles, totals);
}

/// Panels [panel, panel + kPanels) with a lone tile: the weights are a stream, opened block by block.
template <class C, int kPanels>
void product_half_stream(const ProductArgs& args, int64_t panel, const ProductTile& tile) {
  constexpr int64_t kAhead = 4;  // blocks that are opened before the unit is done with the first
  OpenHalves<C, 1> parts[kAhead][kPanels];
  const int64_t columns = tile.in.width;
  tile_zero<0>();
  if constexpr (kPanels == 2) tile_zero<1>();
  for (int64_t block = 0; block * kBlock < args.k; ++block) {
    auto& open = parts[block % kAhead];
    for (int p = 0; p < kPanels; ++p) open_halves<C>(args, panel + p, block, 1, open[p]);
    for (int w = 0; w < C::kParts; ++w) {
      tile_load<6>(open[0].pairs + w * kOpenPart, 64);
      if constexpr (kPanels == 2) tile_load<7>(open[1].pairs + w * kOpenPart, 64);
      for (int part = 0; part < kInputParts - w; ++part) {
        tile_load<4>(tile.in.splits + (block * kInputParts + part) * columns * kBlock, 64);
        tile_dot_bf16<0, 4, 6>();
        if constexpr (kPanels == 2) tile_dot_bf16<1, 4, 7>();
      }
    }
  }
  alignas(64) Totals totals[1][kPanels];
  tile_store<0>(totals[0][0], 64);
  if constexpr (kPanels == 2) tile_store<1>(totals[0][1], 64);
  store_totals(args, panel, kPanels, &tile, 1, totals);
}

template <class C>
void product_halves(const ProductArgs& args) {
  for (int64_t first = 0; first < args.num_tiles;) {
    const ProductTile* tiles = args.tiles + first;
    int64_t count = 1;
    while (count < kTilesAtOnce && first + count < args.num_tiles && tiles[count].in.width == tiles->in.width)
      ++count;
    tile_configure(tiles->in.width, 64, kBlock / 2);
    const int64_t at_once = count > 1 ? kHalfPanelsAtOnce : 2;
    for (int64_t panel = args.first_panel; panel < args.last_panel; panel += at_once) {
      const int64_t num_panels = at_most(args.last_panel - panel, at_once);
      if (count > 1) {
        product_half_panels<C>(args, panel, num_panels, tiles, count);
      } else {
        (num_panels == 2 ? product_half_stream<C, 2> : product_half_stream<C, 1>)(args, panel, *tiles);
      }
    }
    first += count;
  }
  tile_release();
}
