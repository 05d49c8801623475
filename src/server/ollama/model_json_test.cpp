#include "server/ollama/model_json.h"

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

using api::Json;

const std::filesystem::path kModel = HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf";

TEST(OllamaModelJson, ShowsWhatTheStoreSays) {
  HostedModel model{.listing = {.id = "tiny:1b"}, .found = {.name = "tiny:1b", .path = kModel}};
  model.found.modified = 1'700'000'000;
  StoredModel stored;
  stored.chat_template = "{{ .Prompt }}";
  stored.system = "Be brief.";
  stored.parameters = R"({"temperature": 0.5, "num_ctx": 4096, "stop": ["<a>", "<b>"]})";
  stored.messages = R"([{"role": "user", "content": "Hi"}])";
  stored.licenses = {"MIT", "BSD"};
  const Json show = show_json(model, &stored, *read_model_info(kModel, false), false);
  EXPECT_EQ(show["license"], "MIT\nBSD");
  EXPECT_EQ(show["template"], "{{ .Prompt }}");
  EXPECT_EQ(show["system"], "Be brief.");
  EXPECT_EQ(show["parameters"],
            "temperature                    0.5\nnum_ctx                        4096\n"
            "stop                           \"<a>\"\nstop                           \"<b>\"");
  EXPECT_EQ(show["messages"][0]["content"], "Hi");
  EXPECT_EQ(show["details"]["family"], "llama");
  EXPECT_EQ(show["modified_at"], "2023-11-14T22:13:20.000000000Z");
  EXPECT_FALSE(show.contains("tensors"));
  const auto modelfile = show["modelfile"].get<std::string>();
  for (const char* line :
       {"# FROM tiny:1b\n", "\nFROM ", "PARAMETER temperature 0.5", "TEMPLATE ", "SYSTEM ", "LICENSE "}) {
    EXPECT_NE(modelfile.find(line), std::string::npos) << line << modelfile;
  }
}

TEST(OllamaModelJson, ShowsLooseFiles) {
  const HostedModel model{.listing = {.id = "llama3"}, .found = {.name = "llama3", .path = kModel}};
  const Json show = show_json(model, nullptr, *read_model_info(kModel, true), true);
  EXPECT_FALSE(show.contains("license"));
  EXPECT_FALSE(show.contains("parameters"));
  EXPECT_GT(show["tensors"].size(), 0u);
  EXPECT_EQ(show["model_info"]["general.architecture"], "llama");
}

TEST(OllamaModelJson, ListsTheNewestFirstAndWhatGoesWhen) {
  HostedModel old{.listing = {.id = "old"}, .found = {.name = "old", .path = kModel}};
  HostedModel fresh{.listing = {.id = "new"},
                    .found = {.name = "new", .path = kModel, .digest = std::string(64, 'a')}};
  old.found.modified = 1;
  fresh.found.modified = 2;
  fresh.found.stored =
      std::make_shared<const StoredModel>(StoredModel{.name = *ModelName::parse("new"), .manifest = {}});
  ModelDetailsCache details;
  const Json tags = tags_json({old, fresh}, details)["models"];
  EXPECT_EQ(tags[0]["name"], "new:latest");
  EXPECT_EQ(tags[1]["name"], "old");
  EXPECT_EQ(tags[0]["digest"], std::string(64, 'a'));
  EXPECT_EQ(tags[1]["digest"].get<std::string>().size(), 64u);
  EXPECT_EQ(tags[1]["details"]["format"], "gguf");
  RunningModel running{.name = "new", .found = fresh.found};
  running.context = 77;
  running.num_bytes = 1234;
  running.expires_in = std::chrono::seconds(60);
  const Json ps =
      ps_json({running}, details, std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000)));
  EXPECT_EQ(ps["models"][0]["expires_at"], "2023-11-14T22:14:20.000000000Z");
  EXPECT_EQ(ps["models"][0]["size"], 1234);
  EXPECT_EQ(ps["models"][0]["context_length"], 77);
}

}  // namespace
}  // namespace hearth::server
