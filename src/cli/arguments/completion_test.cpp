#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/testing/run_program.h"

// What a shell offers with the scripts of `hearth completion`.

namespace hearth::cli {
namespace {

using testing::HasSubstr;

const std::string kModels =
    "HEARTH_MODELS='" HEARTH_SOURCE_DIR "/tests/fixtures/models'; export HEARTH_MODELS\n";

/// What bash offers for the last of these words, which are in the form of its arrays; one a line.
std::string offered(const std::string& words) {
  const ProgramRun run = run_script(kModels + R"(
mkdir bin && ln -s "$HEARTH" bin/hearth && touch letter.txt
PATH="$PWD/bin:$PATH" bash -c '
  source <(hearth completion bash)
  COMP_WORDS=(hearth )" + words + R"()
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _hearth
  printf "%s\n" "${COMPREPLY[@]}"')");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  return run.out;
}

TEST(Completion, BashOffersWhatMayStandThere) {
  EXPECT_EQ(offered("r"), "rm\nrun\n");
  EXPECT_EQ(offered("keys \"\""), "create\nlist\nrevoke\n");
  EXPECT_EQ(offered("keys l"), "list\n");
  EXPECT_EQ(offered("keys list --j"), "--json\n");
  EXPECT_EQ(offered("run llama3 --dra"), "--draft-model\n--draft-tokens\n");
  EXPECT_EQ(offered("run --kv-type q"), "q8_0\nq4_0\n");
  EXPECT_EQ(offered("run --kv-type = q"), "q8_0\nq4_0\n");
  EXPECT_EQ(offered("run --kv-type ="), "f16\nf32\nbf16\nq8_0\nq4_0\n");
  EXPECT_EQ(offered("bench machine --only b"), "bf16\n");
  EXPECT_EQ(offered("completion z"), "zsh\n");
  EXPECT_EQ(offered("run --seed \"\""), "\n") << "a number has no completions";
  EXPECT_EQ(offered("perplexity --model gemma3.g"), "gemma3.gguf\n");
  EXPECT_EQ(offered("perplexity -f le"), "letter.txt\n");
  EXPECT_EQ(offered("audit le"), "letter.txt\n");
  EXPECT_EQ(offered("run llama3.g"), "llama3.gguf\n");
  EXPECT_EQ(offered("keys create --name list --ex"), "--expires\n");
}

TEST(Completion, EveryShellHasAScriptWithEveryCommand) {
  EXPECT_EQ(run_script("\"$HEARTH\" completion bash >script && bash -n script").exit_code, 0);
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const ProgramRun run = run_program(std::string("completion ") + shell);
    EXPECT_EQ(run.exit_code, 0);
    for (const char* name : {"perplexity", "kl-divergence-base", "machine", "revoke", "expires", "q8_0"}) {
      EXPECT_THAT(run.out, HasSubstr(name)) << shell;
    }
  }
}

}  // namespace
}  // namespace hearth::cli
