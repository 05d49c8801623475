#include "formats/rope_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/huggingface/json_keys.h"

namespace hearth {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

Result<std::vector<bool>> rope_layers(const json& object) {
  ModelConfig config;
  config.num_hidden_layers = 5;
  TRY(set_rope_layers(config, json_keys(object, "config.json", {}, no_log()), 4));
  return config.rope_layers;
}

TEST(RopeLayers, AreAllButTheLastOfEachPeriod) {
  EXPECT_THAT(*rope_layers(json::object()), ElementsAre(true, true, true, false, true));
  EXPECT_THAT(*rope_layers({{"no_rope_layers", json::array()}}), ElementsAre(true, true, true, false, true));
  EXPECT_THAT(*rope_layers({{"no_rope_layer_interval", 2}}), ElementsAre(true, false, true, false, true));
}

TEST(RopeLayers, AreThoseThatTheFilesList) {
  EXPECT_THAT(*rope_layers({{"no_rope_layers", {0, 1, 1, 0, 1}}, {"no_rope_layer_interval", 2}}),
              ElementsAre(false, true, true, false, true));
  for (const auto& [listed, message] :
       {std::pair(json::array({1, 0}), "config.json: no_rope_layers has 2 entries for 5 layers"),
        std::pair(json::array({1, 0, 1, 0, 1, 0}), "has 6 entries, but must have at most 5"),
        std::pair(json::array({1, 0, 2, 0, 1}), "config.json: no_rope_layers[2] is 2, but must be 0 to 1")}) {
    const auto layers = rope_layers({{"no_rope_layers", listed}});
    ASSERT_FALSE(layers.has_value());
    EXPECT_THAT(layers.error().message, HasSubstr(message));
  }
}

}  // namespace
}  // namespace hearth
