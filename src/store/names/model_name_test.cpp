#include "store/names/model_name.h"

#include <gtest/gtest.h>

namespace hearth {
namespace {

struct Case {
  std::string text;
  std::string shown;
  std::string path;
};

const std::string kCommit = "12fd25f77366fa6b3b4b768ec3050bf629380bac";

TEST(ModelName, FormsAreReadAndWrittenAgain) {
  const std::vector<Case> cases = {
      {"qwen3", "qwen3", "registry.ollama.ai/library/qwen3/latest"},
      {"qwen3:latest", "qwen3", "registry.ollama.ai/library/qwen3/latest"},
      {"qwen3:4b-q4_K_M", "qwen3:4b-q4_K_M", "registry.ollama.ai/library/qwen3/4b-q4_K_M"},
      {"ollama:qwen3:4b", "qwen3:4b", "registry.ollama.ai/library/qwen3/4b"},
      {"ollama:user/qwen3", "user/qwen3", "registry.ollama.ai/user/qwen3/latest"},
      {"library/ollama:7b", "library/ollama:7b", "registry.ollama.ai/library/ollama/7b"},
      {"user/model:tag", "user/model:tag", "registry.ollama.ai/user/model/tag"},
      {"registry.ollama.ai/library/qwen3", "qwen3", "registry.ollama.ai/library/qwen3/latest"},
      {"https://registry.ollama.ai/library/qwen3:4b", "qwen3:4b", "registry.ollama.ai/library/qwen3/4b"},
      {"registry.host:5000/space/model:tag", "registry.host:5000/space/model:tag",
       "registry.host:5000/space/model/tag"},
      {"localhost:5000/library/m", "localhost:5000/library/m", "localhost:5000/library/m/latest"},
      {"http://127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b/latest"},
      {"ollama:5000/space/model", "ollama:5000/space/model", "ollama:5000/space/model/latest"},
      {"hf.co/user/repo", "hf.co/user/repo", "hf.co/user/repo/latest"},
      {"hf.co/user/repo:latest", "hf.co/user/repo", "hf.co/user/repo/latest"},
      {"hf.co/user/repo:Q4_K_M", "hf.co/user/repo:Q4_K_M", "hf.co/user/repo/Q4_K_M"},
      {"HuggingFace.co/user/repo:Q4_K_M", "hf.co/user/repo:Q4_K_M", "hf.co/user/repo/Q4_K_M"},
      {"hf:user/repo:Q8_0", "hf.co/user/repo:Q8_0", "hf.co/user/repo/Q8_0"},
      {"hf.co/user/repo@" + kCommit + ":Q4_K_M", "hf.co/user/repo@" + kCommit + ":Q4_K_M",
       "hf.co/user/repo/Q4_K_M@" + kCommit},
      {"hf:user/repo:Q4_K_M@refs/pr/1", "", ""},
      {"https://huggingface.co/user/repo", "hf.co/user/repo", "hf.co/user/repo/latest"},
      {"https://huggingface.co/user/repo/tree/main/", "hf.co/user/repo", "hf.co/user/repo/latest"},
      {"https://huggingface.co/user/repo/tree/dev", "hf.co/user/repo@dev", "hf.co/user/repo/latest@dev"},
      {"https://huggingface.co/u/r/resolve/main/m.Q4_1.gguf?download=true", "hf.co/u/r:m.Q4_1.gguf",
       "hf.co/u/r/m.Q4_1.gguf"},
      {"https://huggingface.co/u/r/blob/" + kCommit + "/sub/m.gguf", "hf.co/u/r@" + kCommit + ":m.gguf",
       "hf.co/u/r/m.gguf@" + kCommit},
      {"hf:latest", "hf:latest", ""},
  };
  for (const Case& c : cases) {
    const auto name = ModelName::parse(c.text);
    if (c.shown.empty()) {
      EXPECT_FALSE(name) << c.text;
      continue;
    }
    ASSERT_TRUE(name) << c.text << ": " << name.error().message;
    if (c.path.empty()) continue;
    EXPECT_EQ(name->text(), c.shown) << c.text;
    EXPECT_EQ(name->manifest_path(), c.path) << c.text;
    EXPECT_EQ(*ModelName::parse(name->text()), *name) << c.text;
    EXPECT_EQ(*ModelName::from_path(name->manifest_path(), ""), *name) << c.text;
  }
}

TEST(ModelName, AnAddressIsKeptWhole) {
  const std::string url = "https://Example.org:8443/a/b/My%20Model.gguf?x=1";
  const ModelName name = *ModelName::parse(url);
  EXPECT_EQ(name.source, ModelSource::kUrl);
  EXPECT_EQ(name.host, "example.org:8443");
  EXPECT_EQ(name.model, "My-20Model.gguf");
  EXPECT_EQ(name.text(), url);
  EXPECT_EQ(name.manifest_path().parent_path(), "https/example.org:8443/My-20Model.gguf");
  EXPECT_EQ(*ModelName::from_path(name.manifest_path(), url), name);
  EXPECT_FALSE(ModelName::from_path(name.manifest_path(), "https://example.org/other.gguf"));
  EXPECT_FALSE(ModelName::from_path(name.manifest_path(), ""));
  EXPECT_FALSE(*ModelName::parse("https://example.org/a/m.gguf") ==
               *ModelName::parse("https://example.org/b/m.gguf"));
}

TEST(ModelName, CaseDoesNotCount) {
  EXPECT_EQ(*ModelName::parse("Qwen3:4B"), *ModelName::parse("qwen3:4b"));
  EXPECT_EQ(ModelName::parse("Qwen3:4B")->text(), "Qwen3:4B");
  EXPECT_EQ(*ModelName::parse("hf.co/User/Repo:q4_k_m"), *ModelName::parse("hf.co/user/repo:Q4_K_M"));
  EXPECT_FALSE(*ModelName::parse("qwen3:4b") == *ModelName::parse("qwen3:8b"));
}

/// Texts that must become no path: each by itself, and as every part of a name.
std::vector<std::string> hostile_names() {
  const std::vector<std::string> parts = {"..",
                                          ".",
                                          ".hidden",
                                          "-flag",
                                          "a\\b",
                                          std::string("a\0b", 3),
                                          "a\nb",
                                          "a b",
                                          "%2e%2e",
                                          "..%2f",
                                          "~",
                                          "$HOME",
                                          "a;b",
                                          "a|b",
                                          "a*",
                                          "\x1b[2J",
                                          "\xff",
                                          "gr\xc3\xbc\xc3\x9f",
                                          "\xe2\x80\xae",
                                          std::string(300, 'a'),
                                          ""};
  std::vector<std::string> names = {"",
                                    ":",
                                    "@",
                                    ":tag",
                                    "model:",
                                    "model:a:b",
                                    "a//b",
                                    "/etc/passwd",
                                    "/a/b/c",
                                    "a/b/c/d",
                                    "../../../etc/passwd",
                                    "host:99999/a/b",
                                    "host:0/a/b",
                                    "host:/a/b",
                                    "host:x/a/b",
                                    "localhost:5000/model",
                                    "https/space/model",
                                    "HTTPS/space/model:0123456789abcdef",
                                    "hf.co/repo",
                                    "hf:repo/",
                                    "hf:/repo",
                                    "model@revision",
                                    "model@sha256:abc",
                                    "hf.co/u/r@../x",
                                    "hf.co/u/r@a//b:t",
                                    "hf.co/u/r@a@b",
                                    "https://",
                                    "https:///a.gguf",
                                    "https://user@host/a.gguf",
                                    "https://a@b#c/m.gguf",
                                    "https://host/a b.gguf",
                                    "https://host/a\nb.gguf",
                                    "https://[::1]/a.gguf",
                                    "https://huggingface.co/",
                                    "https://huggingface.co/u",
                                    "https://huggingface.co/u/r/discussions/1",
                                    "https://huggingface.co/u/r/resolve/../m.gguf",
                                    "file:///etc/passwd",
                                    "ftp://host/a.gguf",
                                    "ollama:",
                                    "ollama:..",
                                    "https://host/" + std::string(4096, 'a') + ".gguf"};
  for (const std::string& part : parts) {
    names.push_back(part);
    names.push_back("model:" + part);
    names.push_back(part + ":tag");
    names.push_back(part + "/model");
    names.push_back("space/" + part);
    names.push_back(part + "/space/model");
    names.push_back("hf.co/" + part + "/repo");
    names.push_back("hf.co/user/" + part);
    names.push_back("hf.co/user/repo@" + part + ":tag");
    if (!part.empty()) names.push_back("hf.co/user/repo:" + part);
  }
  return names;
}

TEST(ModelName, HostileNamesAreRefused) {
  const std::vector<std::string> names = hostile_names();
  EXPECT_GT(names.size(), 200u);
  for (const std::string& text : names) {
    const auto name = ModelName::parse(text);
    ASSERT_FALSE(name) << text << " became " << name->manifest_path();
    EXPECT_EQ(name.error().code, ErrorCode::kInvalidArgument) << text;
    EXPECT_LT(name.error().message.size(), 300u);
  }
}

TEST(ModelName, HostilePathsAreRefused) {
  for (const char* path : {"", "a", "a/b/c", "a/b/c/d/e", "../b/c/d", "a/../c/d", "a/b/c/..", "/a/b/c",
                           "a b/b/c/d", "https/host/m.gguf/0123456789abcdef", "a/b/c/d@e"}) {
    EXPECT_FALSE(ModelName::from_path(path, "")) << path;
  }
}

}  // namespace
}  // namespace hearth
