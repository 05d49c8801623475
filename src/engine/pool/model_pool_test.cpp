#include "engine/pool/model_pool.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace hearth {
namespace {

/// A pool whose clock the test sets, with small random models.
struct PoolRig {
  explicit PoolRig(std::optional<size_t> budget = std::nullopt, size_t max_models = 0) {
    auto made = ModelPool::create(
        {.compute = {.threads = 2}, .budget = budget, .max_models = max_models, .clock = [this] {
           return std::chrono::nanoseconds(now_ns.load());
         }});
    EXPECT_TRUE(made) << made.error().message;
    pool = std::move(*made);
  }

  static ModelOptions model(const std::string& name, size_t context = 64) {
    return {.path = HEARTH_SOURCE_DIR "/tests/fixtures/models/" + name + ".gguf",
            .context = context,
            .draft_path = {}};
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const ModelPool::Entry& entry : pool->loaded()) names.push_back(entry.options.path.stem().string());
    return names;
  }

  bool wait_until(const std::function<bool(const ModelPool::Entry&)>& any) const {
    return waited([&] { return std::ranges::any_of(pool->loaded(), any); });
  }
  bool wait_for(const std::vector<std::string>& expected) const {
    return waited([&] { return names() == expected; });
  }
  static bool waited(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  size_t num_bytes(const std::string& name) {
    const auto lease = pool->acquire(model(name));
    EXPECT_TRUE(lease) << lease.error().message;
    return (*lease)->plan().total_bytes();
  }

  std::atomic<int64_t> now_ns = 0;
  std::unique_ptr<ModelPool> pool;
};

/// Logits of one token.
std::vector<float> logits_of(LoadedModel& loaded) {
  ModelRunner runner = *loaded.runner();
  KvLedger& ledger = runner.cache().ledger();
  BlockTables tables = ledger.empty_tables();
  EXPECT_TRUE(ledger.grow(tables, 1));
  const TokenId token = 1;
  Batch batch;
  batch.add({&token, 1}, {}, 0, tables, 1);
  runner.run(batch);
  const std::span<float> logits = runner.logits(0);
  ledger.release(tables);
  return {logits.begin(), logits.end()};
}

TEST(ModelPool, OneModelServesAllThatAskForIt) {
  PoolRig rig;
  ModelLease first = *rig.pool->acquire(PoolRig::model("llama3"));
  ModelLease second = *rig.pool->acquire(PoolRig::model("llama3"));
  EXPECT_EQ(&*first, &*second);
  ModelLease other = *rig.pool->acquire(PoolRig::model("llama3", 32));
  EXPECT_NE(&*first, &*other) << "another context is another model";
  EXPECT_EQ(logits_of(*first), logits_of(*other));
  EXPECT_EQ(rig.pool->loaded().size(), 2u);
}

TEST(ModelPool, RequestsThatComeDuringALoadShareIt) {
  PoolRig rig;
  std::atomic<int> num_ready = 0;
  std::promise<void> all;
  for (int i = 0; i < 8; ++i) {
    rig.pool->acquire(PoolRig::model("qwen2"), [&](Result<ModelLease> lease) {
      EXPECT_TRUE(lease) << lease.error().message;
      if (++num_ready == 8) all.set_value();
    });
  }
  all.get_future().wait();
  EXPECT_EQ(rig.names(), std::vector<std::string>{"qwen2"});
}

TEST(ModelPool, ErrorsReachTheCaller) {
  PoolRig rig;
  const auto missing = rig.pool->acquire(PoolRig::model("no_such_model"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(rig.pool->acquire(PoolRig::model("llama3"))) << "the next is served";
}

TEST(ModelPool, TheLeastRecentlyUsedIsEvicted) {
  PoolRig rig(std::nullopt, 2);
  for (const char* name : {"llama3", "qwen2", "gemma3"}) ASSERT_TRUE(rig.pool->acquire(PoolRig::model(name)));
  EXPECT_EQ(rig.names(), (std::vector<std::string>{"qwen2", "gemma3"}));
  ASSERT_TRUE(rig.pool->acquire(PoolRig::model("qwen2")));
  ASSERT_TRUE(rig.pool->acquire(PoolRig::model("llama3")));
  EXPECT_EQ(rig.names(), (std::vector<std::string>{"qwen2", "llama3"}));
}

TEST(ModelPool, ALoadWaitsForAModelThatIsInUse) {
  PoolRig rig(std::nullopt, 1);
  ModelLease used = *rig.pool->acquire(PoolRig::model("llama3"));
  const std::vector<float> before = logits_of(*used);
  std::promise<void> ready;
  std::atomic<bool> is_ready = false;
  rig.pool->acquire(PoolRig::model("qwen2"), [&](Result<ModelLease> lease) {
    EXPECT_TRUE(lease) << lease.error().message;
    is_ready = true;
    ready.set_value();
  });
  EXPECT_EQ(logits_of(*used), before);
  EXPECT_FALSE(is_ready);
  EXPECT_EQ(rig.names(), std::vector<std::string>{"llama3"});
  used = ModelLease();
  ready.get_future().wait();
  EXPECT_EQ(rig.names(), std::vector<std::string>{"qwen2"});
}

TEST(ModelPool, AllModelsShareOneBudget) {
  size_t llama = 0, qwen = 0;
  {
    PoolRig rig;
    llama = rig.num_bytes("llama3");
    qwen = rig.num_bytes("qwen2");
  }
  PoolRig rig(llama + qwen);
  ASSERT_TRUE(rig.pool->acquire(PoolRig::model("llama3")));
  ASSERT_TRUE(rig.pool->acquire(PoolRig::model("qwen2")));
  EXPECT_EQ(rig.names().size(), 2u) << "both fit";
  PoolRig tight(llama + qwen - 1);
  ASSERT_TRUE(tight.pool->acquire(PoolRig::model("llama3")));
  ASSERT_TRUE(tight.pool->acquire(PoolRig::model("qwen2")));
  EXPECT_EQ(tight.names(), std::vector<std::string>{"qwen2"});
  PoolRig none(qwen / 2);
  const auto refused = none.pool->acquire(PoolRig::model("qwen2"));
  ASSERT_FALSE(refused) << "it does not fit even alone";
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceLimit);
}

TEST(ModelPool, UnloadsWhatIsNotUsed) {
  PoolRig rig;
  ModelLease used =
      *rig.pool->acquire(PoolRig::model("llama3"), {.keep_alive = std::chrono::milliseconds(10)});
  ASSERT_TRUE(rig.pool->acquire(PoolRig::model("qwen2"), {.keep_alive = std::chrono::milliseconds(10)}));
  rig.now_ns = 9'999'999;
  EXPECT_EQ(rig.names().size(), 2u);
  rig.now_ns = 10'000'000;
  EXPECT_TRUE(rig.wait_for({"llama3"})) << "it is used";
  used = ModelLease();
  rig.now_ns = 19'999'999;
  EXPECT_EQ(rig.names().size(), 1u) << "it was used just now";
  rig.now_ns = 20'000'000;
  EXPECT_TRUE(rig.wait_for({}));
}

TEST(ModelPool, ALeaseSaysHowLongItsModelStays) {
  PoolRig rig;
  {
    const ModelLease lease = *rig.pool->acquire(PoolRig::model("llama3"), {.keep_alive = {}});
    lease.set_keep_alive(ModelTerms::kForever);
  }
  const ModelLease other = *rig.pool->acquire(PoolRig::model("qwen2"));
  EXPECT_EQ(rig.names(), (std::vector<std::string>{"llama3", "qwen2"}));
  (*rig.pool->acquire(PoolRig::model("llama3"))).set_keep_alive({});
  EXPECT_TRUE(rig.wait_for({"qwen2"}));
}

TEST(ModelPool, AModelIsUnloadedWhenItsUsersHaveGone) {
  PoolRig rig;
  ModelLease used = *rig.pool->acquire(PoolRig::model("llama3"));
  const LoadedModel* first = &*used;
  EXPECT_TRUE(rig.pool->unload(PoolRig::model("llama3")));
  EXPECT_FALSE(rig.pool->unload(PoolRig::model("llama3"))) << "it is going already";
  EXPECT_TRUE(rig.pool->loaded()[0].leaving);
  const ModelLease again = *rig.pool->acquire(PoolRig::model("llama3"));
  EXPECT_NE(&*again, first) << "it gives no more leases";
  EXPECT_EQ(rig.names().size(), 2u);
  used = ModelLease();
  EXPECT_TRUE(rig.wait_for({"llama3"}));
}

TEST(ModelPool, WhatIsPinnedMakesNoRoomAndTheLeastWantedDoes) {
  PoolRig rig(std::nullopt, 2);
  (*rig.pool->acquire(PoolRig::model("llama3"), {.pinned = true})).set_keep_alive({});
  ASSERT_TRUE(rig.pool->acquire(PoolRig::model("qwen2")));
  ASSERT_TRUE(rig.pool->acquire(PoolRig::model("gemma3"), {.pinned = true}));
  EXPECT_EQ(rig.names(), (std::vector<std::string>{"llama3", "gemma3"}));
  const auto refused = rig.pool->acquire(PoolRig::model("qwen2"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceLimit);

  PoolRig other(std::nullopt, 2);
  ASSERT_TRUE(other.pool->acquire(PoolRig::model("llama3"), {.priority = 1}));
  ASSERT_TRUE(other.pool->acquire(PoolRig::model("qwen2")));
  ASSERT_TRUE(other.pool->acquire(PoolRig::model("gemma3")));
  EXPECT_EQ(other.names(), (std::vector<std::string>{"llama3", "gemma3"}));
}

/// A model that others keep asking for must not keep a third from its turn.
TEST(ModelPool, AModelThatMakesRoomGivesNoMoreLeases) {
  PoolRig rig(std::nullopt, 1);
  ModelLease used = *rig.pool->acquire(PoolRig::model("llama3"));
  std::vector<std::string> order;
  std::promise<void> both;
  const auto ready = [&](const char* name) {
    return [&, name](Result<ModelLease> lease) {
      EXPECT_TRUE(lease) << lease.error().message;
      order.emplace_back(name);
      if (order.size() == 2) both.set_value();
    };
  };
  rig.pool->acquire(PoolRig::model("qwen2"), ready("qwen2"));
  EXPECT_TRUE(rig.wait_until([&](const ModelPool::Entry& entry) { return entry.yielding; }));
  rig.pool->acquire(PoolRig::model("llama3"), ready("llama3"));
  EXPECT_TRUE(order.empty());
  used = ModelLease();
  both.get_future().wait();
  EXPECT_EQ(order, (std::vector<std::string>{"qwen2", "llama3"}));
}

TEST(ModelPool, WhatNobodyWaitsForIsNotLoaded) {
  PoolRig rig(std::nullopt, 1);
  ModelLease used = *rig.pool->acquire(PoolRig::model("llama3"));
  const auto never = [](const Result<ModelLease>&) { FAIL() << "it was withdrawn"; };
  const auto first = rig.pool->acquire(PoolRig::model("qwen2"), never);
  const auto second = rig.pool->acquire(PoolRig::model("gemma3"), never);
  rig.pool->withdraw(second);
  rig.pool->withdraw(first);
  EXPECT_TRUE(rig.pool->acquire(PoolRig::model("llama3"))) << "it need not make room any more";
  used = ModelLease();
  EXPECT_EQ(rig.names(), std::vector<std::string>{"llama3"});
}

/// Whether its load still begins is open; it is told once either way.
TEST(ModelPool, WaitingLoadsAreCancelledAtTheEnd) {
  int num_told = 0;
  for (int i = 0; i < 20; ++i) {
    PoolRig rig(std::nullopt, 1);
    ModelLease used = *rig.pool->acquire(PoolRig::model("llama3"));
    rig.pool->acquire(PoolRig::model("qwen2"), [&](const Result<ModelLease>& lease) {
      EXPECT_TRUE(lease || lease.error().code == ErrorCode::kCancelled);
      ++num_told;
    });
    used = ModelLease();
    rig.pool.reset();
    EXPECT_EQ(num_told, i + 1);
  }
}

/// Two engines step at once on one team of threads.
TEST(ModelPool, ModelsTakeTurnsOnTheThreads) {
  PoolRig rig;
  const auto first = *rig.pool->acquire(PoolRig::model("llama3"));
  const auto second = *rig.pool->acquire(PoolRig::model("qwen2"));
  const std::vector<float> of_first = logits_of(*first), of_second = logits_of(*second);
  const auto repeat = [](LoadedModel& loaded, const std::vector<float>& expected) {
    for (int i = 0; i < 50; ++i) EXPECT_EQ(logits_of(loaded), expected);
  };
  std::thread beside([&] { repeat(*second, of_second); });
  repeat(*first, of_first);
  beside.join();
}

TEST(ModelPool, AnEncoderIsLoadedAsAnyModel) {
  PoolRig rig;
  ModelOptions options = PoolRig::model("bert", 0);
  options.max_batch_tokens = 16;  // fewer than its longest text has
  auto lease = rig.pool->acquire(options);
  ASSERT_TRUE(lease.has_value()) << lease.error().message;
  LoadedModel& encoder = **lease;
  EXPECT_TRUE(encoder.is_encoder());
  EXPECT_EQ(encoder.context(), 96u);
  EXPECT_EQ(encoder.model().max_batch_tokens(), 96);
  EXPECT_EQ(encoder.pooling(), Pooling::kMean);
  EXPECT_EQ(encoder.embedding_size(), 48u);
  EXPECT_FALSE(encoder.scores());
  EXPECT_EQ(encoder.plan().kv.bytes(), 0u);
  const auto runner = encoder.runner();
  ASSERT_FALSE(runner.has_value());
  EXPECT_EQ(runner.error().code, ErrorCode::kUnsupported);
  std::promise<GenerateResult> promise;
  GenerateRequest request;
  request.task = Task::kEmbed;
  request.prompt = std::vector<TokenId>(96, 7);
  request.on_event = [&](const GenerateEvent& event) { promise.set_value(*event.result); };
  ASSERT_TRUE((*encoder.loop())->submit(std::move(request)).has_value());
  EXPECT_EQ(promise.get_future().get().embedding.size(), 48u);

  options.context = 97;
  EXPECT_NE(rig.pool->acquire(options).error().message.find("97 tokens is more than the 96 positions"),
            std::string::npos);
  options.context = 0;
  options.draft_path = PoolRig::model("llama3").path;
  EXPECT_FALSE(rig.pool->acquire(options).has_value());
}

TEST(ModelPool, AHeadMakesAReranker) {
  PoolRig rig;
  const auto lease = rig.pool->acquire(PoolRig::model("bert_reranker", 0));
  ASSERT_TRUE(lease.has_value()) << lease.error().message;
  EXPECT_TRUE((*lease)->scores());
  EXPECT_EQ((*lease)->pooling(), Pooling::kRank);
  EXPECT_EQ((*lease)->num_token_types(), 2u);
  EXPECT_TRUE((*lease)->rerank_template().empty()) << "it reads pairs";
}

TEST(ModelPool, AModelThatIsAskedToRankMustKnowItsAnswers) {
  PoolRig rig;
  ModelOptions options = PoolRig::model("llama3");
  EXPECT_FALSE((*rig.pool->acquire(options))->scores());
  EXPECT_EQ((*rig.pool->acquire(options))->pooling(), Pooling::kMean);
  options.pooling = Pooling::kRank;
  const auto asked = rig.pool->acquire(options);
  EXPECT_TRUE((*asked)->scores());
  EXPECT_FALSE((*asked)->rerank_template().empty());
  // Its vocabulary is of bytes, so neither answer is a token.
  EXPECT_NE((*asked)->engine().error().message.find("cannot rank"), std::string::npos);
}

}  // namespace
}  // namespace hearth
