// The products of the CPU backend alone, type by type: weights out of memory, as generation reads them, and
// out of the second cache, which is what computing takes.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "backend/cpu/activation_buffer.h"
#include "backend/cpu/isa_table.h"
#include "backend/cpu/pack_rows.h"
#include "backend/cpu/packed_weight.h"
#include "backend/host/host_memory.h"
#include "base/cpu_info.h"
#include "base/cpu_topology.h"
#include "base/machine_peak.h"
#include "base/threads.h"
#include "quant/dtype.h"

namespace hearth::cpu {
namespace {

constexpr int kMostColumns = 4096;

struct Options {
  std::string isa;
  int columns = 1, threads = default_threads(), rounds = 5;
  int64_t inputs = 2048;
};

[[noreturn]] void fail_with(const std::string& why) {
  std::fprintf(stderr, "error: %s\n", why.c_str());
  std::exit(2);
}

void declare(CLI::App& app, Options& options) {
  app.add_option("--isa", options.isa, "instruction set, as HEARTH_ISA spells it")->default_str("the best");
  app.add_option("--columns", options.columns, "columns of the products")
      ->check(CLI::Range(1, kMostColumns))
      ->capture_default_str();
  app.add_option("--inputs", options.inputs, "inputs of a column, a multiple of 256")
      ->check(CLI::Range(256, 1 << 20))
      ->capture_default_str();
  app.add_option("-t,--threads", options.threads, "threads")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("-r,--rounds", options.rounds, "rounds, of which the best counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

Isa isa_of(const std::string& name) {
  const Result<Isa> isa = choose_isa(name);
  if (!isa) fail_with(isa.error().message);
  return *isa;
}

const Kernels& kernels_of(Isa isa) {
  for (const IsaKernels& entry : isa_table()) {
    if (entry.isa == isa) return entry.kernels();
  }
  fail_with("there are no kernels for " + std::string(to_string(isa)));
}

double seconds_of(ThreadPool& pool, FunctionRef<void(int thread)> task) {
  const auto begin = std::chrono::steady_clock::now();
  pool.run(task);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

class KernelBench {
 public:
  KernelBench(const Options& options, ThreadPool& pool, Buffer weights)
      : options_(options),
        isa_(isa_of(options.isa)),
        kernels_(kernels_of(isa_)),
        pool_(pool),
        weights_(std::move(weights)),
        row_(size_t(options.inputs)),
        out_(size_t(kOutFloats + kMostColumns * kRowGap)) {
    // Neither subnormal nor infinite in any type, as floats, factors or exponents.
    std::fill_n(weights_.data(), weights_.size(), std::byte{0x3c});
    for (size_t i = 0; i < row_.size(); ++i) row_[i] = float(i * 7919 % 13) - 6.0f;
  }

  void print(const DTypeInfo& type, Codec codec) {
    shape_inputs(type.dtype);
    const size_t bytes = panel_bytes(codec, options_.inputs);
    const int64_t panels =
        std::min(int64_t(weights_.size() / bytes), kOutFloats / kPanelRows / options_.columns);
    const int64_t cached = std::clamp<int64_t>(int64_t(kCachedBytes / bytes), 1, panels);
    const int repeats = std::max(1, 200 / options_.columns);
    double memory = 0.0, cache = 0.0, read = 0.0;
    for (int round = 0; round < options_.rounds; ++round) {
      const auto all = [&](int thread) {
        const WorkRange part = split_work(panels, thread, pool_.size());
        multiply(codec, part.begin, part.end, panels);
      };
      memory = std::max(memory, double(panels) * double(bytes) / seconds_of(pool_, all) / 1e9);
      const auto some = [&](int thread) {
        const int64_t first = panels * thread / pool_.size();
        for (int i = 0; i < repeats; ++i) multiply(codec, first, std::min(first + cached, panels), panels);
      };
      const double moved = double(cached) * double(bytes) * repeats * pool_.size();
      cache = std::max(cache, moved / seconds_of(pool_, some) / 1e9);
      read =
          std::max(read, measure_machine(pool_, isa_, MachineProbe::kRead, {.num_passes = 1}).value_or(0.0));
    }
    const double ops_a_byte = 2.0 * kPanelRows * double(options_.inputs) * options_.columns / double(bytes);
    std::printf("| %s | %.1f | %.0f%% | %.1f | %.0f |\n", std::string(type.name).c_str(), memory,
                100.0 * memory / read, cache, cache * ops_a_byte);
    std::fflush(stdout);
  }

 private:
  static constexpr size_t kCachedBytes = size_t{768} << 10;
  static constexpr int64_t kOutFloats = int64_t{4} << 20;
  /// Keeps the lines of a panel's columns out of one set of a cache, as a model's work matrices do.
  static constexpr int64_t kRowGap = 16;

  void shape_inputs(DType type) {
    const TensorView weight{.dtype = type, .shape = {kPanelRows, options_.inputs}, .data = {}};
    const std::unique_ptr<PackedWeight> planned = *PackedWeight::plan(weight);
    inputs_.shape(options_.columns, options_.inputs, kernels_, planned->forms(kernels_));
    int64_t tile = 0;
    for (int64_t column = 0; column < options_.columns; ++column) {
      while (tile + 1 < inputs_.num_tiles() && inputs_.first_row(tile + 1) <= column) ++tile;
      inputs_.put(tile, int(column - inputs_.first_row(tile)), 0, options_.inputs, row_.data());
    }
  }

  void multiply(Codec codec, int64_t begin, int64_t end, int64_t panels) {
    const PackedSlice slice{codec,
                            0,
                            panels * kPanelRows,
                            panels,
                            panel_bytes(codec, options_.inputs),
                            reinterpret_cast<const uint8_t*>(weights_.data())};
    const int64_t out_stride = slice.num_rows + kRowGap;
    std::vector<ProductTile> tiles;
    for (int64_t i = 0; i < inputs_.num_tiles(); ++i) {
      tiles.push_back({inputs_.tile(i, codec), out_.data() + inputs_.first_row(i) * out_stride});
    }
    kernels_.product[int(codec)]({.slice = &slice,
                                  .k = options_.inputs,
                                  .first_panel = begin,
                                  .last_panel = end,
                                  .tiles = tiles.data(),
                                  .num_tiles = int64_t(tiles.size()),
                                  .out_stride = out_stride,
                                  .bias = nullptr,
                                  .accumulate = false});
  }

  const Options& options_;
  const Isa isa_;
  const Kernels& kernels_;
  ThreadPool& pool_;
  Buffer weights_;
  ActivationBuffer inputs_;
  std::vector<float> row_, out_;
};

int run(int argc, char** argv) {
  CLI::App app(
      "How fast products with weights of each type go: GB/s of weights out of memory, and their share of the "
      "read "
      "bandwidth measured beside it; GB/s and 1e9 operations a second out of the second cache.");
  Options options;
  declare(app, options);
  CLI11_PARSE(app, argc, argv);
  if (options.inputs % 256 != 0) fail_with("--inputs takes a multiple of 256");
  ThreadPool pool(options.threads);
  auto weights = allocate_host(size_t{512} << 20);
  if (!weights) fail_with(weights.error().message);
  KernelBench bench(options, pool, std::move(*weights));
  std::printf("| type | from memory, GB/s | of reading | from the cache, GB/s | 1e9 operations/s |\n");
  std::printf("| --- | ---: | ---: | ---: | ---: |\n");
  for (uint32_t id = 0; id <= UINT8_MAX; ++id) {
    const std::optional<DTypeInfo> type = dtype_info(id);
    const std::optional<Codec> codec = type ? codec_of(type->dtype) : std::nullopt;
    // Types without a packed form of their own are held as F32.
    if (codec && (*codec != Codec::kF32 || type->dtype == DType::kF32)) bench.print(*type, *codec);
  }
  return 0;
}

}  // namespace
}  // namespace hearth::cpu

int main(int argc, char** argv) { return hearth::cpu::run(argc, argv); }
