#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "base/sha256.h"
#include "engine/constrain/grammar_source.h"
#include "engine/constrain/model_tokens.h"
#include "grammar/mask/automaton_pool.h"

namespace hearth {

struct GrammarCacheStats {
  uint64_t num_hits = 0;  ///< those that waited for another's compilation count
  uint64_t num_misses = 0;
  uint64_t num_failures = 0;  ///< of the misses: grammars that were refused
  uint64_t num_evictions = 0;
  uint64_t compile_ns = 0;  ///< of all misses together
  size_t num_grammars = 0;  ///< kept
  size_t num_bytes = 0;     ///< of them, without their automata
};

/// A grammar that is ready to hold completions of a model to it. Cheap to copy.
struct CompiledForm {
  std::shared_ptr<grammar::AutomatonPool> automata;
  ModelTokensPtr tokens;

  const grammar::Grammar& grammar() const { return automata->grammar(); }
};

/// A model's compiled grammars by what they were compiled from, the last used ones within a budget of bytes,
/// and of the very last ones the automata that are warm. Who asks for one that is being compiled waits for
/// it. Thread-safe.
class GrammarCache {
 public:
  using FindTokenizer = std::function<Result<const Tokenizer*>()>;
  using Compile = std::function<Result<grammar::GrammarPtr>(const GrammarSource&, const Tokenizer&,
                                                            const grammar::Limits&)>;
  struct Options {
    size_t max_bytes = size_t(64) << 20;           ///< of grammars
    size_t max_automata_bytes = size_t(64) << 20;  ///< of automata that wait for a text
    grammar::Limits limits = {};
    Compile compile = hearth::compile;
  };

  /// `find_tokenizer` is called with the first grammar; the tokenizer must outlive what is got.
  explicit GrammarCache(FindTokenizer find_tokenizer) : GrammarCache(std::move(find_tokenizer), Options()) {}
  GrammarCache(FindTokenizer find_tokenizer, Options options);

  /// Errors: those of `compile`, which are not kept, and of the vocabulary.
  Result<CompiledForm> get(const GrammarSource& source);
  /// The vocabulary, laid out with the first grammar or this.
  Result<ModelTokensPtr> tokens();

  GrammarCacheStats stats() const;

 private:
  using Made = Result<grammar::GrammarPtr>;
  struct Kept {
    Sha256Digest key;
    grammar::GrammarPtr grammar;
    size_t num_bytes;
    std::shared_ptr<grammar::AutomatonPool> automata = {};  ///< null: none
  };

  Made find_or_make(const Sha256Digest& key, const GrammarSource& source, const Tokenizer& tokenizer);
  Made make(const GrammarSource& source, const Tokenizer& tokenizer);
  void keep(const Sha256Digest& key, const grammar::GrammarPtr& made);
  std::shared_ptr<grammar::AutomatonPool> automata_of(const Sha256Digest& key,
                                                      const grammar::GrammarPtr& grammar,
                                                      const grammar::TokenTablePtr& table);
  void drop_automata();

  const FindTokenizer find_tokenizer_;
  const Options options_;
  std::mutex tokens_mutex_;
  ModelTokensPtr tokens_;  ///< guarded by tokens_mutex_; null: not made yet
  mutable std::mutex mutex_;
  std::list<Kept> kept_;                                        ///< guarded by mutex_; the last used first
  std::map<Sha256Digest, std::list<Kept>::iterator> by_key_;    ///< guarded by mutex_
  std::map<Sha256Digest, std::shared_future<Made>> under_way_;  ///< guarded by mutex_
  GrammarCacheStats stats_;                                     ///< guarded by mutex_
};

}  // namespace hearth
