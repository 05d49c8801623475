#include <algorithm>

#include <gtest/gtest.h>
#include <malloc.h>

#include "models/loader.h"
#include "models/testing/named_backends.h"
#include "models/testing/paged_cache.h"
#include "models/testing/stored_as_backend.h"
#include "models/testing/tiny_model.h"

// What a model is planned to take, against what the program then holds.

/// Of an allocator that a sanitizer puts in the place of malloc.
// NOLINTNEXTLINE(readability-identifier-naming): its name there
extern "C" __attribute__((weak)) size_t __sanitizer_get_current_allocated_bytes();

namespace hearth {
namespace {

/// Bytes that the program holds on its heap.
size_t heap_bytes() {
  if (__sanitizer_get_current_allocated_bytes != nullptr) return __sanitizer_get_current_allocated_bytes();
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

constexpr int kLongContext = 600, kMostRows = 512;

/// So long, or as long as the model knows positions.
int context_of(const ModelFiles& files) {
  const int learned = describe_model(files)->config.num_learned_positions;
  return learned > 0 ? std::min(learned, kLongContext) : kLongContext;
}

/// Rows [begin, end) of each sequence, and the logits of its last one.
void run(CausalModel& model, const PagedCache& cache, int num_sequences, int begin, int end) {
  const int rows_each = end - begin;
  std::vector<int32_t> positions, last_rows;
  std::vector<BatchSequence> sequences;
  for (int sequence = 0; sequence < num_sequences; ++sequence) {
    sequences.push_back({.first_row = sequence * rows_each,
                         .num_rows = rows_each,
                         .first_position = begin,
                         .block_tables = cache.block_tables(sequence)});
    for (int position = begin; position < end; ++position) positions.push_back(position);
    last_rows.push_back((sequence + 1) * rows_each - 1);
  }
  std::vector<int32_t> ids;
  for (size_t row = 0; row < positions.size(); ++row) ids.push_back(int32_t(row * 37 % 250));
  std::vector<float> logits(last_rows.size() * size_t(model.config().vocab_size));
  model.submit({.token_ids = ids, .positions = positions, .sequences = sequences, .logits_rows = last_rows},
               cache.groups());
  model.collect(logits);
}

struct Case {
  DType weights, kv;
  int num_sequences;
};

/// Fills the context in batches as wide as can be, then goes on with fewer and fewer rows, at its end and
/// across chunks of attention: a list that grows little by little takes more than it holds.
void run_steps(CausalModel& model, const PagedCache& cache, int num_sequences, int context) {
  const int boundary = context == kLongContext ? 512 : context / 2;
  const int most_each = kMostRows / num_sequences;
  for (int end = context; end > 0; end -= most_each)
    run(model, cache, num_sequences, std::max(end - most_each, 0), end);
  for (int rows = 128 / num_sequences; rows > 0; rows -= rows > 16 ? 8 : 1) {
    run(model, cache, num_sequences, context - rows, context);
    run(model, cache, num_sequences, boundary - rows / 2, boundary - rows / 2 + rows);
  }
}

class PlannedMemory : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  void compare(const Case& one) {
    const auto& [name, isa] = GetParam();
    const TinyModel tiny = TinyModel::open(name);
    StoredAsBackend backend(*make_cpu_backend(pool_, isa), one.weights);
    const int context = context_of(*tiny.files);
    const LoadOptions options{.max_batch_tokens = kMostRows, .context_limit = context};
    const ModelMemory planned =
        plan_model_memory(*tiny.files, backend, options,
                          {.kv_dtype = one.kv, .num_sequences = size_t(one.num_sequences)})
            ->front();
    const std::unique_ptr<CausalModel> model = *load_causal_model(*tiny.files, backend, options);
    EXPECT_EQ(planned.weight_bytes, backend.packed_total());
    const size_t work_bytes = planned.work_bytes - backend.allocated_total();

    const PagedCache cache(*model, one.kv, one.num_sequences, context);
    const size_t before = heap_bytes();
    run_steps(*model, cache, one.num_sequences, context);
    const size_t taken = heap_bytes() - before;
    // Lists of rows, tiles and jobs, which the plan leaves out.
    constexpr size_t kLists = 64 << 10;
    EXPECT_LE(taken, work_bytes + kLists);
    // Of the most that steps may take, these take less: it depends on the choices of rows, on where windows
    // lie, and on which thread decodes: where one is late, the other does it all.
    EXPECT_LE(work_bytes, 2 * taken);
  }

  ThreadPool pool_{2};
};

TEST_P(PlannedMemory, IsWhatStepsTake) {
  compare({.weights = DType::kBF16, .kv = DType::kF16, .num_sequences = 1});
  compare({.weights = DType::kQ8_0, .kv = DType::kQ8_0, .num_sequences = 1});
  compare({.weights = DType::kF32, .kv = DType::kF32, .num_sequences = 3});
}

/// The simplest vectors and the widest: buffers are the same on the others.
std::vector<std::string> some_isas() {
  const std::vector<std::string> isas = cpu_backend_isas();
  return {isas.size() > 1 ? isas[1] : isas[0], isas.back()};
}

INSTANTIATE_TEST_SUITE_P(Tiny, PlannedMemory,
                         testing::Combine(testing::ValuesIn(TinyModel::names()),
                                          testing::ValuesIn(some_isas())),
                         [](const auto& info) { return model_on_backend(info); });

}  // namespace
}  // namespace hearth
