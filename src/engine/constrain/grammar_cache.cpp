#include "engine/constrain/grammar_cache.h"

#include <chrono>
#include <exception>
#include <utility>

namespace hearth {
namespace {

// What an entry takes beside its grammar: the key twice, the nodes of list and map.
constexpr size_t kEntryBytes = 256;
// Grammars whose automata are kept warm.
constexpr size_t kMaxWarm = 16;

}  // namespace

GrammarCache::GrammarCache(FindTokenizer find_tokenizer, Options options)
    : find_tokenizer_(std::move(find_tokenizer)), options_(std::move(options)) {}

Result<CompiledForm> GrammarCache::get(const GrammarSource& source) {
  const ModelTokensPtr model_tokens = TRY(tokens());
  const Sha256Digest key = source.digest();
  const grammar::GrammarPtr grammar = TRY(find_or_make(key, source, *model_tokens->tokenizer));
  const std::scoped_lock lock(mutex_);
  return CompiledForm{automata_of(key, grammar, model_tokens->table), model_tokens};
}

Result<ModelTokensPtr> GrammarCache::tokens() {
  const std::scoped_lock lock(tokens_mutex_);
  if (tokens_ == nullptr) tokens_ = TRY(ModelTokens::create(*TRY(find_tokenizer_())));
  return tokens_;
}

GrammarCache::Made GrammarCache::find_or_make(const Sha256Digest& key, const GrammarSource& source,
                                              const Tokenizer& tokenizer) {
  std::promise<Made> promise;
  {
    std::unique_lock lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      ++stats_.num_hits;
      kept_.splice(kept_.begin(), kept_, found->second);
      return found->second->grammar;
    }
    if (const auto found = under_way_.find(key); found != under_way_.end()) {
      ++stats_.num_hits;
      const std::shared_future<Made> made = found->second;
      lock.unlock();
      return made.get();
    }
    ++stats_.num_misses;
    under_way_.emplace(key, promise.get_future().share());
  }
  const auto begin = std::chrono::steady_clock::now();
  Made made = make(source, tokenizer);
  const auto time = std::chrono::steady_clock::now() - begin;
  {
    const std::scoped_lock lock(mutex_);
    under_way_.erase(key);
    stats_.compile_ns += uint64_t(time.count());
    if (made) {
      keep(key, *made);
    } else {
      ++stats_.num_failures;
    }
  }
  promise.set_value(made);
  return made;
}

/// Whoever waits for it must not wait forever, also where memory ran out.
GrammarCache::Made GrammarCache::make(const GrammarSource& source, const Tokenizer& tokenizer) {
  try {
    return options_.compile(source, tokenizer, options_.limits);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal, "the grammar could not be compiled: {}", error.what());
  }
}

void GrammarCache::keep(const Sha256Digest& key, const grammar::GrammarPtr& made) {
  const size_t num_bytes = made->memory_size() + kEntryBytes;
  if (num_bytes > options_.max_bytes) return;
  while (stats_.num_bytes + num_bytes > options_.max_bytes) {
    stats_.num_bytes -= kept_.back().num_bytes;
    by_key_.erase(kept_.back().key);
    kept_.pop_back();
    ++stats_.num_evictions;
  }
  kept_.push_front({.key = key, .grammar = made, .num_bytes = num_bytes});
  by_key_[key] = kept_.begin();
  stats_.num_bytes += num_bytes;
}

std::shared_ptr<grammar::AutomatonPool> GrammarCache::automata_of(const Sha256Digest& key,
                                                                  const grammar::GrammarPtr& grammar,
                                                                  const grammar::TokenTablePtr& table) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end() && found->second->automata != nullptr) return found->second->automata;
  auto automata = std::make_shared<grammar::AutomatonPool>(grammar, table, options_.limits);
  if (found == by_key_.end()) return automata;
  found->second->automata = automata;
  drop_automata();
  return automata;
}

/// Automata grow while texts use them, so they are measured each time that one is added.
void GrammarCache::drop_automata() {
  size_t num_bytes = 0, num_warm = 0;
  for (Kept& one : kept_) {
    if (one.automata == nullptr) continue;
    num_bytes += one.automata->memory_size();
    if (++num_warm > kMaxWarm || num_bytes > options_.max_automata_bytes) one.automata.reset();
  }
}

GrammarCacheStats GrammarCache::stats() const {
  const std::scoped_lock lock(mutex_);
  GrammarCacheStats stats = stats_;
  stats.num_grammars = kept_.size();
  return stats;
}

}  // namespace hearth
