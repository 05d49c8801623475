#include "models/layer_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hearth {

namespace {

using testing::ElementsAre;

AttentionSpec attention() {
  AttentionSpec spec;
  spec.num_heads = 8;
  spec.num_kv_heads = 2;
  spec.key_dim = spec.value_dim = 16;
  return spec;
}

LayerSpec layer(AttentionSpec spec) { return {.mixer = std::move(spec), .feed_forward = MlpSpec{}}; }

TEST(CacheSpecs, LayersThatKeepTheSameShareAGroup) {
  AttentionSpec sliding = attention(), scaled = attention();
  sliding.window = 24;
  scaled.scale = 0.5f;
  scaled.rope.theta = 1e6f;
  scaled.qk_norm = QkNorm::kPerHead;
  const LayerSpec layers[] = {layer(sliding), layer(attention()), layer(sliding), layer(scaled)};
  const std::vector<CacheSpec> groups = cache_specs(layers);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].kind, CacheSpec::Kind::kSlidingWindow);
  EXPECT_EQ(groups[0].window, 24);
  EXPECT_THAT(groups[0].layers, ElementsAre(0, 2));
  EXPECT_EQ(groups[1].kind, CacheSpec::Kind::kFull);
  EXPECT_EQ(groups[1].window, 0);
  EXPECT_THAT(groups[1].layers, ElementsAre(1, 3));
}

TEST(CacheSpecs, EveryDifferenceInWhatIsKeptMakesAnotherGroup) {
  AttentionSpec heads = attention(), keys = attention(), values = attention(), sliding = attention();
  heads.num_kv_heads = 4;
  keys.key_dim = 32;
  values.value_dim = 32;
  sliding.window = 24;
  AttentionSpec wider = sliding;
  wider.window = 25;
  std::vector<LayerSpec> layers;
  for (const AttentionSpec& spec : {attention(), heads, keys, values, sliding, wider, heads})
    layers.push_back(layer(spec));
  const std::vector<CacheSpec> groups = cache_specs(layers);
  ASSERT_EQ(groups.size(), 6u);
  EXPECT_THAT(groups[1].layers, ElementsAre(1, 6));
  EXPECT_EQ(groups[1].num_kv_heads, 4);
  EXPECT_EQ(groups[2].key_dim, 32);
  EXPECT_EQ(groups[3].value_dim, 32);
  EXPECT_EQ(groups[4].window, 24);
  EXPECT_EQ(groups[5].window, 25);
}

/// One head of keys and values, whatever the heads of the queries.
TEST(CacheSpecs, LatentAttentionKeepsTheLatent) {
  LatentAttentionSpec mixer;
  mixer.num_heads = 16;
  mixer.latent_dim = 20;
  mixer.nope_dim = 12;
  mixer.value_dim = 10;
  mixer.rope.rotary_dim = 8;
  LatentAttentionSpec other = mixer;
  other.num_heads = 4;
  other.value_dim = 30;
  const LayerSpec layers[] = {{.mixer = mixer, .feed_forward = std::nullopt},
                              {.mixer = other, .feed_forward = std::nullopt}};
  const std::vector<CacheSpec> groups = cache_specs(layers);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].kind, CacheSpec::Kind::kFull);
  EXPECT_EQ(groups[0].num_kv_heads, 1);
  EXPECT_EQ(groups[0].key_dim, 28);
  EXPECT_EQ(groups[0].value_dim, 20);
}

TEST(CacheSpecs, AStateSpaceKeepsAState) {
  const StateSpaceSpec mixer{
      .shape = {.num_heads = 4, .head_dim = 16, .state_size = 8, .num_groups = 2, .conv_kernel = 4}};
  const LayerSpec layers[] = {{.mixer = mixer, .feed_forward = std::nullopt},
                              layer(attention()),
                              {.mixer = mixer, .feed_forward = MlpSpec{}}};
  const std::vector<CacheSpec> groups = cache_specs(layers);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].kind, CacheSpec::Kind::kState);
  // Three inputs of x | B | C, then every head's state.
  EXPECT_EQ(groups[0].state_bytes, (3u * (64 + 2 * 2 * 8) + 4 * 8 * 16) * 4);
  EXPECT_THAT(groups[0].layers, ElementsAre(0, 2));
  EXPECT_THAT(groups[1].layers, ElementsAre(1));
}

/// A layer that has both is in a group of each kind.
TEST(CacheSpecs, TwoMixersOfALayerKeepWhatEachOfThemNeeds) {
  const StateSpaceSpec state{
      .shape = {.num_heads = 4, .head_dim = 16, .state_size = 8, .num_groups = 2, .conv_kernel = 4}};
  const LayerSpec both{.mixer = attention(), .second_mixer = state, .feed_forward = MlpSpec{}};
  const LayerSpec layers[] = {both, layer(attention()), both};
  const std::vector<CacheSpec> groups = cache_specs(layers);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].kind, CacheSpec::Kind::kFull);
  EXPECT_THAT(groups[0].layers, ElementsAre(0, 1, 2));
  EXPECT_EQ(groups[1].kind, CacheSpec::Kind::kState);
  EXPECT_THAT(groups[1].layers, ElementsAre(0, 2));
}

}  // namespace

}  // namespace hearth
