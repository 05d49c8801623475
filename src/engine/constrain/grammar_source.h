#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/sha256.h"
#include "grammar/grammar.h"
#include "grammar/quote/quote_documents.h"
#include "grammar/schema/program.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth {

/// The languages in which a text's form can be asked for.
enum class GrammarKind : uint8_t {
  kJsonSchema,
  kRegex,          ///< of the whole text
  kChoice,         ///< one of the texts
  kRules,          ///< GBNF, or Lark: what the text looks like
  kStructuralTag,  ///< JSON: free text with constrained stretches
};

/// What a completion must satisfy, as it was written.
struct GrammarSource {
  GrammarKind kind = GrammarKind::kJsonSchema;
  std::string text;                  ///< but for kChoice
  std::vector<std::string> choices;  ///< kChoice
  bool strict = true;  ///< kJsonSchema: what cannot be checked exactly is refused, else it is a warning
  grammar::JsonForm form = {};
  std::shared_ptr<grammar::QuoteDocuments> documents = {};  ///< what quotes are taken from; null: none

  /// Differs where anything does.
  Sha256Digest digest() const;
};

/// Errors: those of the language, naming what is wrong and where. Control tokens that it names are those of
/// the tokenizer.
Result<grammar::GrammarPtr> compile(const GrammarSource& source, const Tokenizer& tokenizer,
                                    const grammar::Limits& limits);

/// Whether rules are Lark's, which has no ::=.
bool is_lark(std::string_view rules);

}  // namespace hearth
