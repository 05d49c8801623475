#include <csignal>
#include <cstdlib>
#include <random>

#include <sys/wait.h>
#include <unistd.h>

#include "store/content/references.h"
#include "store/model_store.h"
#include "store/testing/test_folder.h"

// A program that writes to the store is killed at random moments: what is in the store stays whole.

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr GarbageAges kNoAge{.blob = std::chrono::seconds(0), .partial = std::chrono::seconds(0)};

class StoreKilled : public TestFolder {
 protected:
  static ModelName name(size_t i) { return *ModelName::parse("space/model" + std::to_string(i % 4)); }

  /// Puts, copies, removes and collects until it is killed.
  [[noreturn]] void write_for_ever(uint32_t seed) const {
    std::mt19937 random(seed);
    const auto store = ModelStore::open(root_ / "models", no_log());
    if (!store) std::_Exit(1);
    for (;;) {
      const std::string content = "content " + std::to_string(random() % 6);
      Manifest manifest;
      const auto blob = (*store)->blobs().put(content);
      if (!blob) std::_Exit(2);
      manifest.layers = {{std::string(media_type::kFile), *blob, content.size(), "config.json"},
                         {std::string(media_type::kFile), *blob, content.size(), "sub/model.safetensors"}};
      manifest.origin = std::to_string(random() % 2);
      manifest.write();
      const auto claim = (*store)->claim({*blob});
      // Between the two another round of this loop may not be; what collects is this process itself.
      if (!claim || !(*store)->put(name(random()), manifest)) std::_Exit(3);
      (void)(*store)->copy(name(random()), name(random()));
      if (random() % 2 == 0) (void)(*store)->remove(name(random()));
      if (random() % 8 == 0 && !(*store)->collect_garbage({.blob = std::chrono::seconds(0)})) std::_Exit(4);
    }
  }

  /// Every manifest is one, with all of its files, which are what their names say.
  void expect_whole() {
    std::string log;
    const auto store = *ModelStore::open(
        root_ / "models", [&](LogLevel, std::string_view line) { log += std::string(line) + "\n"; });
    const std::vector<StoredModel> models = store->list();
    EXPECT_EQ(log, "");
    EXPECT_EQ(models.size(), store->names().size());
    for (const StoredModel& model : models) {
      for (const Layer& layer : model.manifest.layers) EXPECT_TRUE(store->blobs().verify(layer.digest));
      EXPECT_EQ(read(model.path / "config.json"), read(model.path / "sub/model.safetensors"));
    }
    num_models_ += models.size();
  }

  size_t num_models_ = 0;
};

TEST_F(StoreKilled, ItStaysWhole) {
  const char* wanted = std::getenv("HEARTH_NUM_KILLS");
  const int num_kills = wanted == nullptr ? 40 : std::atoi(wanted);
  std::mt19937 random(7);
  for (int kill = 0; kill < num_kills && !HasFailure(); ++kill) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_for_ever(uint32_t(kill));
    ::usleep(random() % 40'000);
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
    expect_whole();
  }
  EXPECT_GT(num_models_, 0u);
  // And nothing is left behind for good.
  const auto store = *ModelStore::open(root_ / "models", no_log());
  ASSERT_TRUE(store->collect_garbage(kNoAge));
  References named;
  for (const ModelName& model : store->names()) named.add(store->manifest(model)->text);
  for (const BlobDigest& blob : store->blobs().list()) EXPECT_TRUE(named.blobs.contains(blob));
  size_t num_left = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root_ / "models")) {
    const std::string file = entry.path().filename().string();
    num_left += file.starts_with('.') && file != ".lock";
  }
  EXPECT_EQ(num_left, 0u);
}

}  // namespace
}  // namespace hearth
