#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "text/tokenizer/string_index.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

/// What holds where a file is silent; depends on the kind of tokenizer.
struct VocabDefaults {
  bool add_bos = false;
  bool force_add_bos = false;  ///< also against the file
  bool add_eos = false;
};

/// A checked and indexed vocabulary: id <-> text, types, the ids that have a role. Says nothing of how text
/// is split. Immutable, safe to share between threads. Invariant: every id it hands out is in [0, size()).
class Vocab {
 public:
  /// Errors (kCorruptData, naming field and index): no tokens or more than 2^24, a token above 1 MiB, arrays
  /// of unequal length, unknown types, role ids out of range, scores that are no numbers.
  static Result<Vocab> create(VocabData data, const VocabDefaults& defaults = {});

  size_t size() const { return data_.tokens.size(); }
  bool contains(TokenId id) const { return id >= 0 && size_t(id) < size(); }

  /// The token as the file spells it. Empty for an id out of range.
  std::string_view text(TokenId id) const { return contains(id) ? data_.tokens[id] : std::string_view(); }
  /// kUnused for an id out of range.
  TokenType type(TokenId id) const { return contains(id) ? data_.token_types[id] : TokenType::kUnused; }
  float score(TokenId id) const { return data_.scores.empty() || !contains(id) ? 0.0f : data_.scores[id]; }

  /// The id of a token by the file's spelling; the lowest id where a spelling occurs twice.
  std::optional<TokenId> find(std::string_view text) const;

  /// See VocabData.
  const std::string& model() const { return data_.model; }
  const std::string& pre() const { return data_.pre; }

  std::optional<TokenId> bos_id() const { return data_.bos_id; }
  std::optional<TokenId> eos_id() const { return data_.eos_id; }
  std::optional<TokenId> eot_id() const { return data_.eot_id; }
  std::optional<TokenId> eom_id() const { return data_.eom_id; }
  std::optional<TokenId> unk_id() const { return data_.unk_id; }
  std::optional<TokenId> pad_id() const { return data_.pad_id; }

  /// Whether `add_special` puts bos in front and eos behind. Where true, the vocabulary has that token.
  bool add_bos() const { return add_bos_; }
  bool add_eos() const { return add_eos_; }

  /// Ids after which the model has nothing more to say: eos, eot, eom and the tokens known by name. Sorted.
  std::span<const TokenId> end_of_generation_ids() const { return end_of_generation_; }
  bool is_end_of_generation(TokenId id) const;

  /// The ids below `num_ids` that no text can have been: those beyond the vocabulary, as a model's rows of
  /// padding have, tokens of the type "unused" and tokens without a spelling. Not those that end a
  /// generation. Sorted.
  std::vector<TokenId> unnamed_ids(size_t num_ids) const;

 private:
  Vocab() = default;
  Status check() const;
  void find_end_of_generation();

  VocabData data_;
  StringIndex ids_;
  std::vector<TokenId> end_of_generation_;
  bool add_bos_ = false;
  bool add_eos_ = false;
};

}  // namespace hearth
