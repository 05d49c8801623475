#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "grammar/limits.h"
#include "grammar/quote/quote_source.h"
#include "grammar/text_language.h"

namespace hearth::grammar {

/// The documents of a request, from which its quotes are taken. Each choice of documents and options is
/// indexed once. Shared by threads.
class QuoteDocuments {
 public:
  /// Errors: kInvalidArgument for an id that is empty or comes twice; kResourceLimit for too much text.
  static Result<std::shared_ptr<QuoteDocuments>> create(std::vector<QuoteDocument> documents,
                                                        const Limits& limits);

  /// The quotes of these documents; of all where `ids` is empty. Errors: kInvalidArgument for an id that is
  /// not there or comes twice, and those of QuoteSource::create.
  Result<std::shared_ptr<const QuoteSource>> source(std::span<const std::string> ids,
                                                    const QuoteOptions& options);
  /// What grammars that were compiled with these documents differ by.
  const Sha256Digest& digest() const { return digest_; }
  size_t size() const { return documents_.size(); }

 private:
  struct Key {
    std::vector<size_t> documents;
    QuoteOptions options;
    bool operator==(const Key&) const = default;
  };

  QuoteDocuments(std::vector<QuoteDocument> documents, const Limits& limits);
  Result<std::vector<size_t>> find(std::span<const std::string> ids) const;

  std::vector<QuoteDocument> documents_;
  Limits limits_;
  Sha256Digest digest_;
  std::mutex mutex_;
  std::vector<std::pair<Key, std::shared_ptr<const QuoteSource>>> sources_;
};

/// Reads the value of the keyword `x-hearth-quote`, a JSON text: {"documents": [ids], "min_chars",
/// "max_chars", "boundary": "word" or "none", "fold_whitespace"}, each optional, or true. `documents` is null
/// where the request has none. Errors, without the keyword's place: kInvalidArgument, kResourceLimit.
Result<std::shared_ptr<const TextLanguageMaker>> read_quote_keyword(std::string_view json,
                                                                    QuoteDocuments* documents);

}  // namespace hearth::grammar
