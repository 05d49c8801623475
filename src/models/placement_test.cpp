#include "models/placement.h"

#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/backends.h"
#include "models/loader.h"
#include "models/testing/alternating.h"
#include "models/testing/tiny_model.h"

namespace hearth {
namespace {

using testing::ElementsAre;

class PlacementTest : public testing::Test {
 protected:
  ThreadPool pool_{1};
  std::unique_ptr<Backend> a_ = *make_cpu_backend(pool_, "scalar"), b_ = *make_cpu_backend(pool_, "scalar");
};

TEST_F(PlacementTest, OneDeviceHasAll) {
  const Placement placement = *a_;
  EXPECT_EQ(placement.embedding, 0u);
  EXPECT_EQ(placement.head, 0u);
  EXPECT_EQ(placement.layer(1000).mixer, 0u);
  EXPECT_EQ(placement.layer(1000).feed_forward, 0u);
  EXPECT_EQ(&placement.device(0), a_.get());
}

TEST_F(PlacementTest, DevicesTakeLayersInTurn) {
  Backend* const devices[] = {a_.get(), b_.get(), a_.get()};
  const auto mixers = [&](size_t num_devices, size_t num_layers) {
    const Placement placement = place_in_turn(std::span(devices).first(num_devices), num_layers);
    EXPECT_EQ(placement.embedding, 0u);
    EXPECT_EQ(placement.head, num_devices - 1);
    std::vector<size_t> found;
    for (const Placement::Layer& layer : placement.layers) {
      EXPECT_EQ(layer.feed_forward, layer.mixer);
      found.push_back(layer.mixer);
    }
    return found;
  };
  EXPECT_THAT(mixers(1, 3), ElementsAre(0, 0, 0));
  EXPECT_THAT(mixers(2, 4), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(mixers(3, 5), ElementsAre(0, 0, 1, 1, 2));
  EXPECT_THAT(mixers(3, 2), ElementsAre(0, 1));
}

TEST_F(PlacementTest, CacheGroupsAreOfOneDevice) {
  const CacheSpec full{.num_kv_heads = 2, .key_dim = 4, .value_dim = 4, .layers = {0, 2, 3, 5}};
  CacheSpec sliding = full;
  sliding.kind = CacheSpec::Kind::kSlidingWindow;
  sliding.window = 7;
  sliding.layers = {1, 4};
  const std::vector<CacheSpec> specs{full, sliding};

  const std::vector<CacheSpec> on_one = place_caches(specs, *a_);
  ASSERT_EQ(on_one.size(), 2u);
  EXPECT_EQ(on_one[0].layers, full.layers);
  EXPECT_EQ(on_one[1].layers, sliding.layers);

  const std::vector<CacheSpec> on_two = place_caches(specs, alternating(*a_, *b_, 6));
  ASSERT_EQ(on_two.size(), 4u);
  EXPECT_THAT(on_two[0].layers, ElementsAre(0, 2));
  EXPECT_THAT(on_two[1].layers, ElementsAre(3, 5));
  EXPECT_THAT(on_two[2].layers, ElementsAre(1));
  EXPECT_THAT(on_two[3].layers, ElementsAre(4));
  const size_t devices[] = {0, 1, 1, 0};
  for (size_t g = 0; g < on_two.size(); ++g) {
    EXPECT_EQ(on_two[g].device, devices[g]) << g;
    EXPECT_TRUE(on_two[g].keeps_same_as(specs[g / 2])) << g;
  }
}

TEST_F(PlacementTest, MemoryIsCountedByDevice) {
  for (const std::string& name : TinyModel::names()) {
    SCOPED_TRACE(name);
    const TinyModel tiny = TinyModel::open(name);
    const ModelConfig config = describe_model(*tiny.files)->config;
    const auto alone = *plan_model_memory(*tiny.files, *a_, {});
    ASSERT_EQ(alone.size(), 1u);
    Placement placement = alternating(*a_, *b_, config.num_hidden_layers);
    const auto apart = *plan_model_memory(*tiny.files, placement, {});
    ASSERT_EQ(apart.size(), 2u);
    placement.head = placement.embedding;
    const auto together = *plan_model_memory(*tiny.files, placement, {});
    const auto weights = [](const std::vector<ModelMemory>& devices) {
      return std::accumulate(devices.begin(), devices.end(), size_t{0},
                             [](size_t sum, const ModelMemory& one) { return sum + one.weight_bytes; });
    };
    EXPECT_LT(apart[0].weight_bytes, alone[0].weight_bytes);
    EXPECT_LT(apart[1].weight_bytes, alone[0].weight_bytes);
    EXPECT_EQ(weights(together), alone[0].weight_bytes);
    // Apart from its embedding, a head that is tied to it needs a copy.
    EXPECT_EQ(weights(apart) > weights(together), config.tie_word_embeddings);
  }
}

}  // namespace
}  // namespace hearth
