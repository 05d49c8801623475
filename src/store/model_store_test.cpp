#include "store/model_store.h"

#include <mutex>
#include <thread>

#include "store/testing/test_folder.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

constexpr GarbageAges kNoAge{.blob = seconds(0), .partial = seconds(0)};

ModelName name(std::string_view text) { return *ModelName::parse(text); }

class ModelStoreTest : public TestFolder {
 protected:
  void SetUp() override {
    TestFolder::SetUp();
    store_ = open();
  }
  std::unique_ptr<ModelStore> open() {
    return *ModelStore::open(root_ / "models", [this](LogLevel, std::string_view line) {
      const std::scoped_lock lock(mutex_);
      log_ += std::string(line) + "\n";
    });
  }
  Layer layer(std::string_view type, const std::string& content, const std::string& file = {}) {
    return {std::string(type), *store_->blobs().put(content), content.size(), file};
  }
  Manifest manifest_of(std::vector<Layer> layers) {
    Manifest manifest;
    manifest.layers = std::move(layers);
    manifest.write();
    return manifest;
  }
  Manifest simple(const std::string& weights) { return manifest_of({layer(media_type::kModel, weights)}); }

  std::mutex mutex_;
  std::string log_;
  std::unique_ptr<ModelStore> store_;
};

TEST_F(ModelStoreTest, ANameWithoutATagTakesThePlaceOfNoOther) {
  ASSERT_TRUE(store_->put(name("hf.co/a/b:Q8_0"), simple("eight")));
  EXPECT_EQ(read(store_->find(name("hf.co/a/b"))->path), "eight");
  ASSERT_TRUE(store_->put(name("hf.co/a/b"), simple("best")));
  EXPECT_EQ(read(store_->find(name("hf.co/a/b"))->path), "best");
  EXPECT_EQ(read(store_->find(name("hf.co/a/b:Q8_0"))->path), "eight");
}

TEST_F(ModelStoreTest, AModelIsFoundWithWhatItsLayersSay) {
  Manifest manifest = manifest_of(
      {layer(media_type::kModel, "weights"), layer(media_type::kTemplate, "{{ .Prompt }}"),
       layer(media_type::kSystem, "Be brief."), layer(media_type::kParameters, R"({"temperature":0.5})"),
       layer(media_type::kMessages, R"([{"role":"user","content":"Hi"}])"),
       layer(media_type::kLicense, "MIT"), layer(media_type::kLicense, "BSD"),
       layer(media_type::kAdapter, "lora"), layer(media_type::kProjector, "mmproj"),
       layer(media_type::kDraft, "draft")});
  ASSERT_TRUE(store_->put(name("Tiny:1b"), manifest));
  const StoredModel model = *store_->find(name("tiny:1B"));
  EXPECT_EQ(model.name.text(), "Tiny:1b");
  EXPECT_EQ(read(model.path), "weights");
  EXPECT_EQ(model.chat_template, "{{ .Prompt }}");
  EXPECT_EQ(model.system, "Be brief.");
  EXPECT_EQ(model.parameters, R"({"temperature":0.5})");
  EXPECT_EQ(model.messages, R"([{"role":"user","content":"Hi"}])");
  EXPECT_EQ(model.licenses, (std::vector<std::string>{"MIT", "BSD"}));
  ASSERT_EQ(model.adapters.size(), 1u);
  EXPECT_EQ(read(model.adapters[0]), "lora");
  EXPECT_EQ(read(model.projector), "mmproj");
  EXPECT_EQ(read(model.draft), "draft");
  EXPECT_GT(model.modified, 1'700'000'000);
  EXPECT_EQ(model.manifest.digest(), manifest.digest());
  EXPECT_EQ(store_->list().size(), 1u);
}

TEST_F(ModelStoreTest, WhatIsMissingIsNamedWithWhatIsAlike) {
  EXPECT_TRUE(store_->list().empty());
  EXPECT_FALSE(fs::exists(root_ / "models"));
  ASSERT_TRUE(store_->put(name("qwen3:4b"), simple("a")));
  ASSERT_TRUE(store_->put(name("llama3"), simple("b")));
  const Error error = store_->find(name("qwen3")).error();
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_EQ(error.hint, "`hearth pull qwen3` fetches it; there is: qwen3:4b");
  EXPECT_NE(error.message.find("qwen3"), std::string::npos);
  EXPECT_EQ(store_->remove(name("qwen3")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->copy(name("qwen3"), name("b")).error().code, ErrorCode::kNotFound);
}

TEST_F(ModelStoreTest, BlobsGoWithTheirLastName) {
  const Manifest both =
      manifest_of({layer(media_type::kModel, "weights"), layer(media_type::kSystem, "one")});
  const Manifest other =
      manifest_of({layer(media_type::kModel, "weights"), layer(media_type::kSystem, "two")});
  ASSERT_TRUE(store_->put(name("a"), both));
  ASSERT_TRUE(store_->copy(name("a"), name("b")));
  ASSERT_TRUE(store_->put(name("c"), other));
  EXPECT_EQ(store_->find(name("b"))->manifest.text, both.text);
  EXPECT_EQ(store_->blobs().list().size(), 3u);
  ASSERT_TRUE(store_->remove(name("a")));
  EXPECT_EQ(store_->blobs().list().size(), 3u);
  ASSERT_TRUE(store_->remove(name("b")));
  EXPECT_EQ(store_->blobs().list().size(), 2u);
  // A name that gets another manifest lets go of the former's.
  ASSERT_TRUE(store_->put(name("c"), simple("other weights")));
  EXPECT_EQ(store_->blobs().list().size(), 1u);
  ASSERT_TRUE(store_->remove(name("c")));
  EXPECT_TRUE(store_->blobs().list().empty());
  EXPECT_TRUE(fs::is_empty(root_ / "models" / "manifests"));
  EXPECT_EQ(log_, "");
}

TEST_F(ModelStoreTest, CaseIsKeptAndDoesNotCount) {
  ASSERT_TRUE(store_->put(name("hf.co/User/Repo:Q4_K_M"), simple("a")));
  ASSERT_TRUE(store_->put(name("hf.co/user/repo:q4_k_m"), simple("b")));
  ASSERT_EQ(store_->names().size(), 1u);
  EXPECT_EQ(store_->names()[0].text(), "hf.co/User/Repo:Q4_K_M");
  EXPECT_EQ(read(store_->find(name("HF.co/USER/REPO:Q4_k_m"))->path), "b");
  ASSERT_TRUE(store_->remove(name("hf.co/user/REPO:q4_k_m")));
  EXPECT_TRUE(store_->names().empty());
}

TEST_F(ModelStoreTest, AManifestWithoutItsBlobsIsNotPublished) {
  Manifest manifest = simple("weights");
  manifest.layers.push_back(
      {std::string(media_type::kSystem), *BlobDigest::parse("sha256:" + std::string(64, 'a')), 5});
  manifest.write();
  EXPECT_EQ(store_->put(name("a"), manifest).error().code, ErrorCode::kCorruptData);
  EXPECT_TRUE(store_->names().empty());
  ASSERT_TRUE(store_->put(name("b"), simple("weights")));
  fs::resize_file(store_->blobs().path(simple("weights").layers[0].digest), 3);
  const Error error = store_->find(name("b")).error();
  EXPECT_EQ(error.code, ErrorCode::kCorruptData);
  EXPECT_EQ(error.hint, "pull or import it again");
  EXPECT_TRUE(store_->list().empty());
  EXPECT_NE(log_.find("missing or not whole"), std::string::npos);
}

TEST_F(ModelStoreTest, NamesOfFilesAreHeldToTheRules) {
  for (const char* file : {"../outside", "/etc/passwd", "a/../../b", ".hidden"}) {
    Manifest manifest;
    manifest.layers = {layer(media_type::kFile, "{}", "config.json"), layer(media_type::kFile, "x", file)};
    EXPECT_EQ(store_->put(name("hostile"), manifest).error().code, ErrorCode::kCorruptData) << file;
  }
  EXPECT_TRUE(store_->names().empty());
  EXPECT_FALSE(fs::exists(root_ / "models" / "snapshots"));
}

TEST_F(ModelStoreTest, FoldersAndPartsAreFoundByTheirNames) {
  ASSERT_TRUE(
      store_->put(name("folder"), manifest_of({layer(media_type::kFile, "{}", "config.json"),
                                               layer(media_type::kFile, "[]", "1_Pooling/config.json")})));
  const fs::path folder = store_->find(name("folder"))->path;
  EXPECT_EQ(read(folder / "config.json"), "{}");
  EXPECT_EQ(read(folder / "1_Pooling/config.json"), "[]");
  ASSERT_TRUE(store_->put(name("split"),
                          manifest_of({layer(media_type::kModel, "one"), layer(media_type::kModel, "two")})));
  const fs::path first = store_->find(name("split"))->path;
  EXPECT_EQ(first.filename(), "model-00001-of-00002.gguf");
  EXPECT_EQ(read(first), "one");
  EXPECT_EQ(read(first.parent_path() / "model-00002-of-00002.gguf"), "two");

  // They are made anew, and hold when the store moves.
  fs::remove_all(root_ / "models" / "snapshots");
  EXPECT_EQ(read(store_->find(name("split"))->path), "one");
  fs::remove(first.parent_path() / "model-00002-of-00002.gguf");
  EXPECT_EQ(read(store_->find(name("split"))->path.parent_path() / "model-00002-of-00002.gguf"), "two");
  fs::rename(root_ / "models", root_ / "moved");
  EXPECT_EQ(read(root_ / "moved" / fs::relative(first, root_ / "models")), "one");
  fs::rename(root_ / "moved", root_ / "models");
  ASSERT_TRUE(store_->remove(name("split")));
  EXPECT_FALSE(fs::exists(first.parent_path()));
}

TEST_F(ModelStoreTest, GarbageIsWhatNothingNames) {
  ASSERT_TRUE(store_->put(name("a"), simple("kept")));
  const BlobDigest lost = *store_->blobs().put("lost"), claimed = *store_->blobs().put("claimed");
  write("models/snapshots/" + std::string(64, '0') + "/x", "");
  EXPECT_EQ(*store_->collect_garbage(), 0u);
  {
    const BlobClaim claim = *store_->claim({claimed});
    EXPECT_EQ(*store_->collect_garbage(kNoAge), 4u);
    EXPECT_FALSE(store_->blobs().has(lost, 4));
    EXPECT_TRUE(store_->blobs().has(claimed, 7));
    // What a removed model shares with one that is being put together stays.
    ASSERT_TRUE(store_->put(name("b"), simple("claimed")));
    ASSERT_TRUE(store_->remove(name("b")));
    EXPECT_TRUE(store_->blobs().has(claimed, 7));
  }
  EXPECT_EQ(*store_->collect_garbage(kNoAge), 7u);
  EXPECT_TRUE(fs::is_empty(root_ / "models" / "snapshots"));
  EXPECT_TRUE(fs::is_empty(root_ / "models" / "claims"));
  EXPECT_EQ(read(store_->find(name("a"))->path), "kept");
}

TEST_F(ModelStoreTest, ClaimsOfTheDeadDoNotHold) {
  const BlobDigest blob = *store_->blobs().put("blob");
  write("models/claims/0123456789abcdef", blob.text() + "\n");
  EXPECT_EQ(*store_->collect_garbage(kNoAge), 4u);
  EXPECT_FALSE(fs::exists(root_ / "models" / "claims"));
}

TEST_F(ModelStoreTest, WhatCannotBeReadIsLeftOutAndKeepsItsBlobs) {
  ASSERT_TRUE(store_->put(name("good"), simple("good")));
  const BlobDigest blob = *store_->blobs().put("of a manifest of tomorrow");
  write("models/manifests/registry.ollama.ai/library/new/latest",
        R"({"schemaVersion":3,"parts":[{"digest":")" + blob.text() + "\"}]}");
  write("models/manifests/registry.ollama.ai/library/new/..bad name", "{}");
  write("models/manifests/registry.ollama.ai/library/.DS_Store", "x");
  write("models/manifests/README", "not a folder");
  EXPECT_EQ(store_->list().size(), 1u);
  EXPECT_NE(log_.find("schema version 3"), std::string::npos) << log_;
  EXPECT_EQ(store_->find(name("new")).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(*store_->collect_garbage(kNoAge), 0u);
  ASSERT_TRUE(store_->remove(name("new")));
  EXPECT_FALSE(store_->blobs().has(blob, 25));
}

TEST_F(ModelStoreTest, LayersThatAreNotAsTheyShouldBeAreRefused) {
  const Layer weights = layer(media_type::kModel, "weights");
  ASSERT_TRUE(store_->put(name("a"), manifest_of({weights, layer(media_type::kParameters, "[1]")})));
  EXPECT_EQ(store_->find(name("a")).error().code, ErrorCode::kCorruptData);
  ASSERT_TRUE(store_->put(name("b"),
                          manifest_of({weights, layer(media_type::kMessages, std::string(100'000, '['))})));
  EXPECT_EQ(store_->find(name("b")).error().code, ErrorCode::kCorruptData);
  ASSERT_TRUE(
      store_->put(name("c"), manifest_of({weights, layer(media_type::kSystem, std::string(2 << 20, 'x'))})));
  EXPECT_EQ(store_->find(name("c")).error().code, ErrorCode::kResourceLimit);
  ASSERT_TRUE(store_->put(name("d"), manifest_of({layer(media_type::kSystem, "only words")})));
  EXPECT_EQ(store_->find(name("d")).error().code, ErrorCode::kUnsupported);
}

TEST_F(ModelStoreTest, NothingOutsideIsTouched) {
  write("outside/latest", "secret");
  ASSERT_TRUE(store_->put(name("good"), simple("good")));
  const Manifest manifest = simple("good");
  fs::create_directory_symlink(root_ / "outside", root_ / "models/manifests/registry.ollama.ai/library/link");
  fs::create_directory_symlink(root_, root_ / "models/manifests/hf.co");
  const auto before = everything(root_ / "outside");
  // Names that no text reads as: as if a check of theirs had failed.
  for (const std::string& part : std::vector<std::string>{"..", ".", "", "../../outside", "/etc", "a/b",
                                                          "a\\b", std::string("a\0b", 3)}) {
    for (int place = 0; place < 4; ++place) {
      ModelName hostile = name("good");
      (place == 0   ? hostile.host
       : place == 1 ? hostile.space
       : place == 2 ? hostile.model
                    : hostile.tag) = part;
      if (hostile == name("good") || (place == 3 && part.empty())) continue;
      EXPECT_FALSE(store_->find(hostile));
      EXPECT_FALSE(store_->remove(hostile));
      (void)store_->put(hostile, manifest);
      (void)store_->copy(name("good"), hostile);
    }
  }
  for (const char* text : {"link", "hf.co/outside/x", "hf.co/x/outside"}) {
    EXPECT_FALSE(store_->find(name(text))) << text;
    EXPECT_FALSE(store_->put(name(text), manifest)) << text;
    EXPECT_FALSE(store_->remove(name(text))) << text;
  }
  (void)store_->list();
  EXPECT_EQ(everything(root_ / "outside"), before);
  size_t num_entries = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(root_)) num_entries += 1;
  EXPECT_EQ(num_entries, 2u);
}

TEST_F(ModelStoreTest, AStoreThatCannotBeWrittenServesReaders) {
  ASSERT_TRUE(store_->put(name("a"), simple("a")));
  const Manifest manifest = simple("a");
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    fs::permissions(entry, fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write,
                    fs::perm_options::remove);
  }
  fs::permissions(root_ / "models", fs::perms::owner_write, fs::perm_options::remove);
  const WithoutPrivileges narrow;
  const auto store = open();
  EXPECT_EQ(read(store->find(name("a"))->path), "a");
  EXPECT_EQ(store->list().size(), 1u);
  for (const Status& status :
       {store->put(name("b"), manifest), store->remove(name("a")), store->copy(name("a"), name("b"))}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kIo);
    EXPECT_NE(status.error().message.find("Permission denied"), std::string::npos) << status.error().message;
    EXPECT_NE(status.error().hint.find("HEARTH_MODELS"), std::string::npos) << status.error().hint;
  }
  EXPECT_FALSE(store->collect_garbage(kNoAge));
}

TEST_F(ModelStoreTest, AFullDiskChangesNothing) {
  ASSERT_TRUE(store_->put(name("a"), simple("a")));
  Manifest large = simple("a");
  large.origin = std::string(4000, 'o');
  large.write();
  const auto before = everything(root_);
  {
    const FullDisk full(1000);
    EXPECT_EQ(store_->put(name("a"), large).error().code, ErrorCode::kNoSpace);
    EXPECT_EQ(store_->put(name("b"), large).error().code, ErrorCode::kNoSpace);
  }
  EXPECT_TRUE(store_->find(name("a")));
  EXPECT_EQ(store_->names().size(), 1u);
  for (const auto& [path, content] : before) EXPECT_EQ(everything(root_).at(path), content) << path;
}

TEST_F(ModelStoreTest, WritersTakeTurns) {
  constexpr int kWriters = 4, kRounds = 25;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      const auto store = open();
      for (int round = 0; round < kRounds; ++round) {
        const std::string mine = "model" + std::to_string(writer);
        const std::string content = std::to_string(round % 3);
        Manifest manifest;
        {
          const auto digest = BlobDigest(sha256(std::as_bytes(std::span(content))));
          const auto claim = store->claim({digest});
          ASSERT_TRUE(claim) << claim.error().message;
          const auto put = store->blobs().put(content);
          ASSERT_TRUE(put) << put.error().message;
          manifest.layers.push_back({std::string(media_type::kModel), digest, content.size()});
          manifest.write();
          ASSERT_TRUE(store->put(name(mine), manifest));
        }
        const auto found = store->find(name(mine));
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_EQ(read(found->path), content);
        if (round % 5 == 4) ASSERT_TRUE(store->collect_garbage({.blob = seconds(0)}));
        if (round % 2 == 1) ASSERT_TRUE(store->remove(name(mine)));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  for (int writer = 0; writer < kWriters; ++writer)
    (void)store_->remove(name("model" + std::to_string(writer)));
  EXPECT_TRUE(store_->blobs().list().empty());
}

TEST_F(ModelStoreTest, WhatIsNoFolderIsRefused) {
  EXPECT_EQ(ModelStore::open("", no_log()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ModelStore::open(write("file", "x"), no_log()).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace hearth
