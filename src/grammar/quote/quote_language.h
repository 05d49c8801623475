#pragma once

#include <memory>

#include "grammar/grammar.h"
#include "grammar/quote/quote_source.h"
#include "grammar/text_language.h"

namespace hearth::grammar {

/// The quotes of a source as texts of JSON strings.
class QuoteLanguageMaker : public TextLanguageMaker {
 public:
  explicit QuoteLanguageMaker(std::shared_ptr<const QuoteSource> source) : source_(std::move(source)) {}
  std::unique_ptr<TextLanguage> make() const override;
  size_t memory_size() const override { return source_->memory_size(); }
  const QuoteSource& source() const { return *source_; }

 private:
  std::shared_ptr<const QuoteSource> source_;
};

/// A text that is one quote and nothing else.
GrammarPtr compile_quote(std::shared_ptr<const QuoteSource> source);

}  // namespace hearth::grammar
