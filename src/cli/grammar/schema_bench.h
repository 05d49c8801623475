#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "grammar/grammar.h"
#include "grammar/mask/automaton_pool.h"
#include "grammar/mask/token_table.h"
#include "grammar/schema/json_document.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::cli {

/// Runs files as MaskBench has them, one after the other: `schema`, and `tests` of `data` that is `valid` or
/// not. With a tokenizer, instances are read token by token, each with its mask, and times are taken.
class SchemaBench {
 public:
  /// `tokenizer` may be null; otherwise it outlives the bench.
  static Result<SchemaBench> create(const Tokenizer* tokenizer);

  /// Errors: what is no such file. A schema that is refused is counted.
  Status run(const std::string& path);
  nlohmann::ordered_json report() const;

 private:
  explicit SchemaBench(const Tokenizer* tokenizer) : tokenizer_(tokenizer) {}

  Result<grammar::GrammarPtr> compile(std::string schema);
  /// Whether constrained output could be this text.
  Result<bool> reads(const grammar::GrammarPtr& schema, std::string_view text);
  Result<bool> reads_tokens(std::string_view text);

  const Tokenizer* tokenizer_;
  grammar::TokenTablePtr tokens_;
  std::shared_ptr<grammar::AutomatonPool> pool_;  ///< of the schema at hand
  size_t num_schemas_ = 0, num_compiled_ = 0, num_right_ = 0, num_wrong_accepts_ = 0, num_wrong_rejects_ = 0;
  std::map<std::string, size_t, std::less<>> refused_;
  std::vector<double> compile_us_, mask_us_;
};

}  // namespace hearth::cli
