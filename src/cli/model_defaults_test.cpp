#include "cli/model_defaults.h"

#include <gtest/gtest.h>

namespace hearth::cli {
namespace {

struct Read {
  ModelDefaults defaults;
  std::string log;
};
Read read(const std::string& parameters) {
  StoredModel stored;
  stored.name = *ModelName::parse("tiny");
  stored.parameters = parameters;
  Read read;
  SamplingParams given;
  given.top_p = 0.25f;
  read.defaults = read_model_defaults(
      stored, given, [&](LogLevel, std::string_view line) { read.log += std::string(line) + "\n"; });
  return read;
}

TEST(ModelDefaults, ParametersOfOllamaAreTaken) {
  const auto [defaults, log] =
      read(R"({"temperature":0.5,"top_k":20,"repeat_penalty":1.1,"repeat_last_n":32,"seed":7,"num_ctx":4096,
               "num_predict":100,"stop":["<|end|>","User:"],"num_gpu":99})");
  EXPECT_EQ(defaults.sampling.temperature, 0.5f);
  EXPECT_EQ(defaults.sampling.top_k, 20);
  EXPECT_EQ(defaults.sampling.top_p, 0.25f);
  EXPECT_EQ(defaults.sampling.repetition_penalty, 1.1f);
  EXPECT_EQ(defaults.sampling.penalty_last_n, 32);
  EXPECT_EQ(defaults.sampling.seed, 7u);
  EXPECT_EQ(defaults.context, 4096u);
  EXPECT_EQ(defaults.max_tokens, 100u);
  EXPECT_EQ(defaults.stop, (std::vector<std::string>{"<|end|>", "User:"}));
  EXPECT_EQ(log, "");
}

TEST(ModelDefaults, WhatIsNotLegalIsSaidAndLeftOut) {
  const auto [defaults, log] = read(
      R"({"temperature":-1,"top_p":"high","num_ctx":-5,"num_predict":-1,"seed":-1,"stop":"x","walk":3,"top_k":5})");
  EXPECT_EQ(defaults.sampling.temperature, SamplingParams().temperature);
  EXPECT_EQ(defaults.sampling.top_p, 0.25f);
  EXPECT_EQ(defaults.sampling.top_k, 5);
  EXPECT_FALSE(defaults.sampling.seed);
  EXPECT_EQ(defaults.context, 0u);
  EXPECT_EQ(defaults.max_tokens, 0u);
  EXPECT_EQ(defaults.stop, std::vector<std::string>{"x"});
  EXPECT_NE(log.find("parameter temperature is not used"), std::string::npos) << log;
  EXPECT_NE(log.find("parameter top_p is not used"), std::string::npos);
  EXPECT_NE(log.find("parameter walk is not used"), std::string::npos);
}

TEST(ModelDefaults, NoneAreNone) {
  EXPECT_EQ(read("").defaults.sampling.top_p, 0.25f);
  EXPECT_EQ(read("[1]").log, "");
}

}  // namespace
}  // namespace hearth::cli
