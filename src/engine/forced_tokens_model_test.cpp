#include <cstdlib>

#include <gtest/gtest.h>

#include "formats/open_model_files.h"
#include "grammar/mask/testing/forced_tokens_fixture.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth {
namespace {

TEST(ForcedTokensModel, AreThoseOfTheWholeTextHoweverItGoesOn) {
  const char* path = std::getenv("HEARTH_TEST_MODEL");
  ASSERT_NE(path, nullptr) << "set HEARTH_TEST_MODEL to SmolLM2-135M-Instruct.Q4_1.gguf; ./dev test does";
  auto vocabulary = open_vocabulary(path);
  ASSERT_TRUE(vocabulary.has_value()) << vocabulary.error().message;
  const auto tokenizer = Tokenizer::create(std::move(*vocabulary));
  ASSERT_TRUE(tokenizer.has_value()) << tokenizer.error().message;
  const auto count = grammar::testing::check_forced_tokens(*tokenizer, 1, 3000);
  EXPECT_EQ(count.num_wrong, 0u);
  EXPECT_GT(count.num_cuts, 900u);
  EXPECT_GT(count.num_covered_bytes * 2, count.num_forced_bytes);
}

}  // namespace
}  // namespace hearth
