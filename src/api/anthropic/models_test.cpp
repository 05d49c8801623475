#include "api/anthropic/models.h"

#include <gtest/gtest.h>

#include "api/call/api_error.h"

namespace hearth::api {
namespace {

class AnthropicModels : public ::testing::Test {
 protected:
  AnthropicModels() {
    for (const char* id : {"a", "b", "c", "d", "e"}) {
      models_.emplace_back();
      models_.back().id = id;
      models_.back().created = 1'700'000'000;
      models_.back().facts = ModelFacts{.context = 4096};
    }
  }
  /// The ids of a page, then a + where there are more.
  std::string page(const std::map<std::string, std::string>& query) {
    const auto list = anthropic_model_list_json(models_, query);
    if (!list) return "! " + std::string(parameter_of(list.error()));
    std::string ids;
    for (const Json& model : (*list)["data"]) ids += model["id"].get<std::string>();
    EXPECT_EQ((*list)["first_id"], ids.empty() ? Json(nullptr) : Json(ids.substr(0, 1)));
    EXPECT_EQ((*list)["last_id"], ids.empty() ? Json(nullptr) : Json(ids.substr(ids.size() - 1)));
    return ids + ((*list)["has_more"] == true ? "+" : "");
  }

  std::vector<ModelListing> models_;
};

TEST_F(AnthropicModels, AreDescribed) {
  const Json model = anthropic_model_json(models_[0]);
  EXPECT_EQ(model["type"], "model");
  EXPECT_EQ(model["created_at"], "2023-11-14T22:13:20Z");
  EXPECT_EQ(model["display_name"], "a");
  EXPECT_EQ(model["max_input_tokens"], 4096);
  models_[0].facts.reset();
  EXPECT_EQ(anthropic_model_json(models_[0])["max_input_tokens"], nullptr) << "it was never loaded";
}

TEST_F(AnthropicModels, ComeInPages) {
  EXPECT_EQ(page({}), "abcde");
  EXPECT_EQ(page({{"limit", "2"}}), "ab+");
  EXPECT_EQ(page({{"limit", "2"}, {"after_id", "b"}}), "cd+");
  EXPECT_EQ(page({{"limit", "2"}, {"after_id", "d"}}), "e");
  EXPECT_EQ(page({{"after_id", "e"}}), "");
  EXPECT_EQ(page({{"limit", "2"}, {"before_id", "d"}}), "bc+");
  EXPECT_EQ(page({{"limit", "2"}, {"before_id", "c"}}), "ab");
  EXPECT_EQ(page({{"limit", "0"}}), "! limit");
  EXPECT_EQ(page({{"limit", "1001"}}), "! limit");
  EXPECT_EQ(page({{"limit", "2x"}}), "! limit");
  EXPECT_EQ(page({{"after_id", "z"}}), "! after_id");
  EXPECT_EQ(page({{"before_id", "z"}}), "! before_id");
}

}  // namespace
}  // namespace hearth::api
