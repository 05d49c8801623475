#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "grammar/quote/quote_options.h"
#include "grammar/quote_places.h"

namespace hearth::grammar {

/// All quotes of small documents, by trying every two places of each.
class QuoteOracle {
 public:
  QuoteOracle(std::span<const QuoteDocument> documents, const QuoteOptions& options);

  /// Each quote, and where it stands.
  const std::map<std::string, std::vector<QuotePlace>>& quotes() const { return quotes_; }
  /// All beginnings of quotes, byte by byte.
  const std::set<std::string>& beginnings() const { return beginnings_; }

 private:
  void add(const QuoteDocument& document, const QuoteOptions& options);

  std::map<std::string, std::vector<QuotePlace>> quotes_;
  std::set<std::string> beginnings_;
};

}  // namespace hearth::grammar
