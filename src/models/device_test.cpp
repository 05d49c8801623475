#include <gtest/gtest.h>

#include "backend/backends.h"
#include "backend/testing/remote_device.h"
#include "models/loader.h"
#include "models/testing/alternating.h"
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
  Outputs run(const Placement& placement, int chunk) const {
    Outputs outputs;
    const auto model =
        load_causal_model(*tiny_.files, placement, {.max_batch_tokens = 64, .context_limit = 256});
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

  Outputs run_alternating(Backend& first, Backend& second) const {
    return run(alternating(first, second, describe_model(*tiny_.files)->config.num_hidden_layers), 10);
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

TEST_P(DeviceTest, GivesTheSameBitsOnTwoDevices) {
  const auto cpu = *make_cpu_backend(pool_, ""), other = *make_cpu_backend(pool_, "");
  const Outputs alone = run(*cpu, 10);
  EXPECT_EQ(run_alternating(*cpu, *other), alone);
  RemoteDevice remote(*make_cpu_backend(pool_, "")), another(*make_cpu_backend(pool_, ""));
  EXPECT_EQ(run_alternating(*cpu, remote), alone);
  EXPECT_EQ(run_alternating(remote, *cpu), alone);
  EXPECT_EQ(run_alternating(remote, another), alone);
  EXPECT_GT(remote.num_operations, 0u);
  EXPECT_GT(another.num_operations, 0u);
}

TEST_P(DeviceTest, GivesTheSameBitsWhereDevicesTakeTurns) {
  const auto cpu = *make_cpu_backend(pool_, "");
  RemoteDevice remote(*make_cpu_backend(pool_, "")), idle(*make_cpu_backend(pool_, ""));
  const size_t num_layers = size_t(describe_model(*tiny_.files)->config.num_hidden_layers);
  Backend* const two[] = {cpu.get(), &remote};
  EXPECT_EQ(run(place_in_turn(two, num_layers), 10), run(*cpu, 10));
  EXPECT_GT(remote.num_operations, 0u);
  // A device of the placement that nothing is on takes nothing.
  Placement unused = place_in_turn(two, num_layers);
  unused.devices.push_back(&idle);
  EXPECT_EQ(run(unused, 10), run(*cpu, 10));
  EXPECT_EQ(idle.num_batches + idle.num_operations, 0u);
  EXPECT_EQ(plan_model_memory(*tiny_.files, unused, {})->at(2).work_bytes, 0u);
}

INSTANTIATE_TEST_SUITE_P(Tiny, DeviceTest, testing::ValuesIn(TinyModel::names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace hearth
