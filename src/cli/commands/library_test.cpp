#include <ctime>
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/library/model_details.h"
#include "cli/testing/run_program.h"

// The commands about stored models, as the program runs them.

namespace hearth::cli {
namespace {

using Json = nlohmann::json;

const std::string kModels = HEARTH_SOURCE_DIR "/tests/fixtures/models/";

/// Runs a script with an empty store of its own.
ProgramRun run_with_store(const std::string& script) {
  return run_script("set -e; export HOME=$PWD XDG_CACHE_HOME=$PWD/cache HEARTH_MODELS=$PWD/models\n" +
                    script);
}

TEST(Library, AModelIsImportedListedCopiedAndRemoved) {
  const ProgramRun run = run_with_store("\"$HEARTH\" import '" + kModels +
                                        "llama3.gguf' --name tiny:1 --name tiny\n"
                                        "\"$HEARTH\" cp tiny space/other:v2\n"
                                        "\"$HEARTH\" rm tiny:1\n"
                                        "\"$HEARTH\" ls --json\n");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("space/other:v2 is tiny\nremoved tiny:1\n"), std::string::npos) << run.out;
  const Json json = Json::parse(run.out.substr(run.out.find('{')));
  ASSERT_EQ(json["models"].size(), 2u);
  EXPECT_EQ(json["models"][0]["digest"], json["models"][1]["digest"]);
  EXPECT_EQ(json["models"][0]["size"], std::filesystem::file_size(kModels + "llama3.gguf"));
  EXPECT_EQ(json["files"], Json::array());
}

TEST(Library, EveryCommandTakesNamesOfTheStore) {
  const ProgramRun run =
      run_with_store("\"$HEARTH\" import '" + kModels + "llama3.gguf' --name tiny >/dev/null\n" +
                     "\"$HEARTH\" tokenize -m tiny --ids hi\n"
                     "\"$HEARTH\" fit tiny --json >/dev/null\n"
                     "\"$HEARTH\" inspect tiny --json >/dev/null\n"
                     "\"$HEARTH\" run tiny hi -n 2 -q --seed 1 >/dev/null\n"
                     "\"$HEARTH\" list tin\n");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("\ntiny  "), std::string::npos) << run.out;
}

TEST(Library, AFolderIsImportedAndRun) {
  const std::string folder = kModels + "llama3";
  if (!std::filesystem::is_directory(folder)) GTEST_FAIL() << folder;
  const ProgramRun run = run_with_store("\"$HEARTH\" import '" + folder + "' --name tiny >/dev/null\n" +
                                        "\"$HEARTH\" show tiny --json\n\"$HEARTH\" fit tiny >/dev/null\n");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Json json = Json::parse(run.out);
  EXPECT_EQ(json["details"]["format"], "safetensors");
  EXPECT_GT(json["layers"].size(), 1u);
}

TEST(Library, ShowPrintsEachPart) {
  const std::string script = "\"$HEARTH\" import '" + kModels + "llama3.gguf' --name tiny >/dev/null\n";
  const ProgramRun whole = run_with_store(script + "\"$HEARTH\" show tiny");
  EXPECT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_NE(whole.out.find("architecture         llama"), std::string::npos) << whole.out;
  const ProgramRun file = run_with_store(script + "\"$HEARTH\" show tiny --modelfile");
  EXPECT_NE(file.out.find("\nFROM /"), std::string::npos) << file.out;
  EXPECT_EQ(run_with_store(script + "\"$HEARTH\" show tiny --system --license").exit_code, 2);
  EXPECT_EQ(run_with_store(script + "\"$HEARTH\" show nothing").exit_code, 3);
}

TEST(Library, DamageIsFoundAndRepaired) {
  const ProgramRun run =
      run_with_store("\"$HEARTH\" import '" + kModels +
                     "llama3.gguf' --copy --name tiny >/dev/null\n"
                     "\"$HEARTH\" verify\n"
                     "blob=$(ls models/blobs/sha256-*); printf X | dd of=$blob bs=1 seek=5000 "
                     "conv=notrunc 2>/dev/null\n"
                     "\"$HEARTH\" verify tiny --repair || echo code $?\n"
                     "ls models/blobs | wc -l\n\"$HEARTH\" list --json\n");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("tiny is whole\ntiny is damaged\n"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("(removed)\ncode 4\n0\n"), std::string::npos) << run.out;
  EXPECT_NE(run.err.find("1 of 1 models are damaged"), std::string::npos) << run.err;
}

TEST(Library, TheStoreMovesAndIsFoundAsBefore) {
  const ProgramRun run =
      run_with_store("\"$HEARTH\" import '" + kModels + "llama3.gguf' --name tiny >/dev/null\n" +
                     "\"$HEARTH\" models mv new/place >/dev/null\n\"$HEARTH\" verify\n"
                     "\"$HEARTH\" models path\n\"$HEARTH\" models gc --all\nls new/place\n");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out.find("tiny is whole\n"), 0u) << run.out;
  EXPECT_NE(run.out.find("/models\n0 B freed\nblobs\n"), std::string::npos) << run.out;
}

TEST(Library, OtherProgramsModelsAreLinked) {
  const ProgramRun run =
      run_with_store("mkdir -p .lmstudio/models/pub/Repo; cp '" + kModels +
                     "llama3.gguf' .lmstudio/models/pub/Repo/Tiny-Q8_0.gguf\n"
                     "\"$HEARTH\" import --from lmstudio --dry-run\nls models 2>/dev/null || echo none\n"
                     "\"$HEARTH\" import --from lmstudio\n\"$HEARTH\" list --json\n");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out.find("would import hf.co/pub/Repo:Q8_0  "), 0u) << run.out;
  EXPECT_NE(run.out.find("none\nimported hf.co/pub/Repo:Q8_0"), std::string::npos) << run.out;
  EXPECT_EQ(run_with_store("\"$HEARTH\" import --from lmstudio").exit_code, 3);
  EXPECT_EQ(run_with_store("\"$HEARTH\" import").exit_code, 2);
}

TEST(Library, HostileNamesAreRefused) {
  for (const char* name : {"../x", "a/../../b", "a b", ".x", "host/a/b/c"}) {
    for (const char* command : {"rm", "verify", "cp tiny"}) {
      const ProgramRun run = run_with_store(std::string("\"$HEARTH\" ") + command + " '" + name + "'");
      EXPECT_EQ(run.exit_code, 2) << command << " " << name << run.err;
    }
  }
}

TEST(Library, SizesAndAgesAreShort) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(98'362'432), "98.4 MB");
  EXPECT_EQ(size_text(999'999'999), "1.0 GB");
  EXPECT_EQ(parameter_text(134'515'008), "134.5M");
  EXPECT_EQ(age_text(30), "just now");
  EXPECT_EQ(age_text(3'600), "1 hour ago");
  EXPECT_EQ(age_text(200'000), "2 days ago");
}

}  // namespace
}  // namespace hearth::cli
