#include "engine/constrain/grammar_cache.h"

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "engine/testing/engine_rig.h"
#include "grammar/mask/testing/toy_automata.h"

namespace hearth {
namespace {

using grammar::testing::words_grammar;

GrammarSource source_of(std::string text) {
  GrammarSource source;
  source.kind = GrammarKind::kRegex;
  source.text = std::move(text);
  return source;
}

/// A grammar of which only the size counts.
class Sized final : public grammar::Grammar {
 public:
  explicit Sized(size_t num_bytes) : num_bytes_(num_bytes) {}
  std::unique_ptr<grammar::Automaton> make_automaton() const override { return words_->make_automaton(); }
  size_t memory_size() const override { return num_bytes_; }

 private:
  grammar::GrammarPtr words_ = words_grammar({"a"});
  size_t num_bytes_;
};

Result<const Tokenizer*> some_tokenizer() {
  static const Tokenizer kTokenizer = letters();
  return &kTokenizer;
}

TEST(GrammarSource, DigestsDifferWhereAnythingDoes) {
  std::vector<GrammarSource> sources(1);
  const auto add = [&](auto change) {
    GrammarSource source;
    change(source);
    sources.push_back(source);
  };
  add([](GrammarSource& one) { one.kind = GrammarKind::kRegex; });
  add([](GrammarSource& one) { one.text = "a"; });
  add([](GrammarSource& one) { one.choices = {"a"}; });
  add([](GrammarSource& one) { one.choices = {"a", ""}; });
  add([](GrammarSource& one) { one.choices = {"", "a"}; });
  add([](GrammarSource& one) { one.strict = false; });
  add([](GrammarSource& one) { one.form.order = grammar::JsonForm::Order::kAny; });
  add([](GrammarSource& one) { one.form.whitespace = grammar::JsonForm::Whitespace::kAny; });
  add([](GrammarSource& one) { one.form.max_indent = 3; });
  add([](GrammarSource& one) { one.form.escapes = grammar::JsonForm::Escapes::kNeeded; });
  add([](GrammarSource& one) { one.form.plain_integers = true; });
  for (const char* text : {"", "a"}) {
    add([&](GrammarSource& one) { one.documents = *grammar::QuoteDocuments::create({{"a", text}}, {}); });
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    for (size_t k = 0; k < sources.size(); ++k) {
      EXPECT_EQ(sources[i].digest() == sources[k].digest(), i == k) << i << ' ' << k;
    }
  }
}

TEST(GrammarCache, CompilesEachOnceAndKeepsTheLastUsed) {
  size_t num_compiled = 0;
  GrammarCache cache(some_tokenizer,
                     {.max_bytes = 3500, .compile = [&](const GrammarSource&, const auto&, const auto&) {
                        ++num_compiled;
                        return Result<grammar::GrammarPtr>(std::make_shared<Sized>(800));
                      }});
  for (const char* text : {"a", "b", "c", "a"}) ASSERT_TRUE(cache.get(source_of(text)));
  EXPECT_EQ(num_compiled, 3u);
  ASSERT_TRUE(cache.get(source_of("d")));
  // "b" was used the longest ago.
  ASSERT_TRUE(cache.get(source_of("a")));
  EXPECT_EQ(num_compiled, 4u);
  ASSERT_TRUE(cache.get(source_of("b")));
  EXPECT_EQ(num_compiled, 5u);
  const GrammarCacheStats stats = cache.stats();
  EXPECT_EQ(stats.num_grammars, 3u);
  EXPECT_EQ(stats.num_hits, 2u);
  EXPECT_EQ(stats.num_misses, 5u);
  EXPECT_EQ(stats.num_evictions, 2u);
  EXPECT_GE(stats.num_bytes, 2400u);
  EXPECT_LE(stats.num_bytes, 3500u);
}

TEST(GrammarCache, UniqueGrammarsTakeNoMoreThanTheBudget) {
  GrammarCache cache(some_tokenizer, {.max_bytes = size_t(1) << 20,
                                      .max_automata_bytes = size_t(1) << 20,
                                      .compile = [&](const GrammarSource& source, const auto&, const auto&) {
                                        return Result<grammar::GrammarPtr>(words_grammar({source.text}));
                                      }});
  for (size_t i = 0; i < 5000; ++i) {
    ASSERT_TRUE(cache.get(source_of(std::string(100 + i % 1000, 'a') + std::to_string(i))));
    ASSERT_LE(cache.stats().num_bytes, size_t(1) << 20);
  }
  EXPECT_GT(cache.stats().num_evictions, 1000u);
  EXPECT_GT(cache.stats().num_grammars, 10u);
}

TEST(GrammarCache, KeepsNeitherRefusalsNorWhatIsLargerThanAll) {
  size_t num_compiled = 0;
  GrammarCache cache(some_tokenizer, {.max_bytes = 1000,
                                      .compile = [&](const GrammarSource& source, const auto&,
                                                     const auto&) -> Result<grammar::GrammarPtr> {
                                        ++num_compiled;
                                        if (source.text == "bad")
                                          return fail(ErrorCode::kInvalidArgument, "no such thing");
                                        if (source.text == "throws") throw std::bad_alloc();
                                        return std::make_shared<Sized>(5000);
                                      }});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(cache.get(source_of("bad")).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(cache.get(source_of("throws")).error().code, ErrorCode::kInternal);
    EXPECT_TRUE(cache.get(source_of("large")));
  }
  EXPECT_EQ(num_compiled, 6u);
  EXPECT_EQ(cache.stats().num_failures, 4u);
  EXPECT_EQ(cache.stats().num_grammars, 0u);
}

TEST(GrammarCache, EqualRequestsAtOnceShareOneCompilation) {
  constexpr size_t kThreads = 8;
  std::atomic<size_t> num_compiled = 0;
  GrammarCache* shared = nullptr;
  GrammarCache cache(some_tokenizer, {.compile = [&](const GrammarSource&, const auto&, const auto&) {
                       ++num_compiled;
                       // Until all the others wait for this one.
                       while (shared->stats().num_hits < kThreads - 1) std::this_thread::yield();
                       return Result<grammar::GrammarPtr>(words_grammar({"a"}));
                     }});
  shared = &cache;
  std::atomic<size_t> num_made = 0;
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] { num_made += size_t(cache.get(source_of("a")).has_value()); });
  }
  threads.clear();
  EXPECT_EQ(num_compiled, 1u);
  EXPECT_EQ(num_made, kThreads);
}

}  // namespace
}  // namespace hearth
