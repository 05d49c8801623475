#include "cli/sampling_options.h"

#include <iterator>
#include <sstream>

#include <gtest/gtest.h>

#include "cli/program.h"

namespace hearth::cli {
namespace {

Result<SamplingParams> parse(const std::string& line, SamplingParams defaults = {}) {
  SamplingOptions options;
  Program program({{"sample", "", [&](Arguments& arguments) -> std::function<Status()> {
                      options.add_to(arguments);
                      return [] { return Status(); };
                    }}});
  std::istringstream stream("sample " + line);
  const std::vector<std::string> words(std::istream_iterator<std::string>(stream), {});
  TRY(program.run(words, process_environment()));
  return options.apply(std::move(defaults));
}

TEST(SamplingOptions, EveryParameterHasAFlagThatSetsItAlone) {
  for (const SamplingParameter& parameter : sampling_parameters()) {
    std::string flag = "--" + std::string(parameter.name);
    std::replace(flag.begin(), flag.end(), '_', '-');
    const std::string value = parameter.name == "samplers"     ? "top_k,temperature"
                              : parameter.name == "logit_bias" ? "3=-1.5"
                              : parameter.name == "mirostat"   ? "2"
                                                               : "1";
    const SamplingParams params = *parse(flag + "=" + value);
    EXPECT_EQ(parameter.get(params), value) << parameter.name;
    for (const SamplingParameter& other : sampling_parameters()) {
      if (other.name != parameter.name) {
        EXPECT_EQ(other.get(params), other.get(SamplingParams{})) << other.name;
      }
    }
  }
}

TEST(SamplingOptions, WhatIsNotGivenStays) {
  SamplingParams defaults;
  defaults.top_k = 17;
  EXPECT_EQ(parse("--temp 0.5", defaults)->top_k, 17);
  EXPECT_EQ(parse("--temp 0.5 --temp 0.25", defaults)->temperature, 0.25f);
  EXPECT_EQ(parse("--logit-bias 1=2 --logit-bias 3=-inf")->logit_bias.size(), 2u);
}

TEST(SamplingOptions, BadValuesAreRefusedByName) {
  for (const char* line :
       {"--temperature hot", "--top-k 1.5", "--seed -1", "--mirostat 1", "--logit-bias 5", "--logit-bias x=1",
        "--samplers top_q", "--top-p 0.5x", "--temperature nan", "--top-p 1.5", "--logit-bias -1=2"}) {
    const auto params = parse(line);
    ASSERT_FALSE(params.has_value()) << line;
    EXPECT_EQ(params.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(params.error().hint.empty()) << line;
  }
}

}  // namespace
}  // namespace hearth::cli
