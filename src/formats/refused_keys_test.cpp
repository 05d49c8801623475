#include "formats/refused_keys.h"

#include <gtest/gtest.h>

#include "formats/huggingface/json_keys.h"

namespace hearth {
namespace {

using nlohmann::json;

TEST(RefusedKeys, AreNamed) {
  const auto message = [](auto refuse, const json& object) -> std::string {
    const Status status = refuse(json_keys(object, "config.json", {}, no_log()));
    return status ? "" : status.error().message;
  };
  EXPECT_EQ(message(refuse_bidirectional, {{"use_bidirectional_attention", nullptr}}), "");
  EXPECT_EQ(message(refuse_bidirectional, {{"use_bidirectional_attention", true}}),
            "config.json: use_bidirectional_attention is true: this is no decoder");
  const auto rope = [](const char* type) -> json {
    return {{"rope_parameters", {{"sliding_attention", {{"rope_type", type}}}}}};
  };
  EXPECT_EQ(message(refuse_local_rope_scaling, json::object()), "");
  EXPECT_EQ(message(refuse_local_rope_scaling, rope("default")), "");
  EXPECT_EQ(message(refuse_local_rope_scaling, rope("yarn")),
            "config.json: rope_parameters.sliding_attention.rope_type is \"yarn\"; layers with a sliding "
            "window are "
            "rotated without scaling");
}

}  // namespace
}  // namespace hearth
