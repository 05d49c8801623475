#include <gtest/gtest.h>

#include "backend/backends.h"
#include "backend/testing/remote_device.h"
#include "models/loader.h"
#include "models/testing/paged_cache.h"
#include "models/testing/tiny_model.h"

// A model computes the same wherever its memory is.

namespace hearth {
namespace {

/// All that a model gives.
struct Outputs {
  std::vector<float> logits, late_logits, hidden;
  bool operator==(const Outputs&) const = default;
};

class DeviceTest : public testing::TestWithParam<std::string> {
 protected:
  /// Two sequences side by side in chunks of `chunk`, then more of the last batch.
  Outputs run(Backend& backend, int chunk) const {
    Outputs outputs;
    const auto model = load_model(*tiny_.files, backend, {.max_batch_tokens = 64, .context_limit = 256});
    EXPECT_TRUE(model.has_value()) << model.error().message;
    const std::span<const int32_t> tokens = std::span(tiny_.prompts[0].tokens).first(kLength);
    const PagedCache cache(**model, DType::kF16, 2, kLength);
    for (int begin = 0; begin < kLength; begin += chunk) {
      const int end = std::min(begin + chunk, kLength);
      std::vector<SequencePart> parts{{1, tokens, begin, end}};
      if (begin > 0) parts.push_back({0, tokens, begin - chunk, begin});
      const std::vector<float> rows = run_batch(**model, cache, parts);
      outputs.logits.insert(outputs.logits.end(), rows.begin(), rows.end());
    }
    outputs.late_logits.resize(2 * size_t((*model)->config().vocab_size));
    (*model)->read_logits(std::vector<int32_t>{0, 2}, outputs.late_logits);
    outputs.hidden.resize(3 * size_t((*model)->config().hidden_size));
    (*model)->read_hidden(1, 3, outputs.hidden);
    return outputs;
  }

  static constexpr int kLength = 40;
  const TinyModel tiny_ = TinyModel::open(GetParam());
  ThreadPool pool_{2};
};

TEST_P(DeviceTest, GivesTheSameBitsOutOfTheHostsReach) {
  RemoteDevice remote(make_reference_backend(pool_));
  const Outputs found = run(remote, 10);
  EXPECT_EQ(found, run(*make_reference_backend(pool_), 10));
  // Four steps, and the rows that were asked for later.
  EXPECT_EQ(remote.num_batches, 5u);
  EXPECT_EQ(remote.num_submits, 4u);
}

INSTANTIATE_TEST_SUITE_P(Tiny, DeviceTest, testing::ValuesIn(TinyModel::names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace hearth
