#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "grammar/limits.h"
#include "grammar/rules/grammar_hooks.h"
#include "grammar/rules/rule_set.h"
#include "grammar/rules/tags/plain_string.h"
#include "grammar/rules/token_reference.h"
#include "grammar/schema/json_document.h"

namespace hearth::grammar {

/// Reads the formats of a structural tag into rules. Recurses as deep as Limits::max_depth.
class TagReader {
 public:
  TagReader(const JsonDocument& document, RuleSet& rules, const GrammarHooks& hooks, const Limits& limits)
      : document_(document), rules_(rules), hooks_(hooks), limits_(limits), strings_(limits) {}

  /// The text of one format. `ends` is what ends the tag around it: free text does not hold it.
  using Texts = std::vector<std::string>;
  Result<RuleSet::ExprId> read(JsonId format, const Texts& ends);
  /// The older form.
  Result<RuleSet::ExprId> read_structures(JsonId tag);

 private:
  using ExprId = RuleSet::ExprId;
  struct Tag {
    std::string begin;  ///< or, where empty, a token
    std::optional<TokenReference> begin_token;
    ExprId rest;  ///< behind `begin`
    JsonId place;
  };

  Result<ExprId> read_kind(JsonId format, std::string_view kind, const Texts& ends);
  Result<ExprId> read_schema(JsonId format);
  Result<ExprId> read_plain_string(JsonId format, const Texts& ends);
  Result<ExprId> read_any_text(JsonId format, const Texts& ends);
  Result<ExprId> read_list(JsonId format, bool is_sequence, const Texts& ends);
  Result<ExprId> read_repeat(JsonId format, std::string_view kind, const Texts& ends);
  Result<ExprId> read_tag(JsonId format);
  Result<Tag> read_tag_parts(JsonId format);
  Result<ExprId> read_content_and_end(JsonId format);
  Result<ExprId> read_triggered(JsonId format, const Texts& ends);
  Result<ExprId> read_token_triggered(JsonId format);
  Result<ExprId> read_separated(JsonId format);
  Result<ExprId> read_dispatch(JsonId format, const Texts& ends);
  Result<ExprId> read_any_tokens(JsonId format);
  Result<std::vector<Tag>> read_tags(JsonId format);

  /// Free text, interrupted by what begins with one of the triggers; `rests[i]` follows trigger i.
  struct Dispatch {
    Texts triggers;
    std::vector<ExprId> rests;
    Texts excluded;
    bool at_least_one = false, stop_after_first = false;
  };
  Result<ExprId> dispatched(const Dispatch& dispatch, JsonId place);
  /// Of tags: behind each trigger the tags that begin with it.
  Result<ExprId> triggered(Texts triggers, const std::vector<Tag>& tags, Dispatch dispatch, JsonId place);

  // Members, by name; errors name the place.
  Status check_members(JsonId object, std::initializer_list<std::string_view> known) const;
  Result<JsonId> member(JsonId object, std::string_view name) const;
  Result<std::string> text_of(JsonId object, std::string_view name) const;
  Result<Texts> texts_of(JsonId object, std::string_view name) const;
  Result<bool> flag_of(JsonId object, std::string_view name) const;
  Result<uint32_t> count_of(JsonId object, std::string_view name, uint32_t unbounded) const;
  Result<TokenReference> token_of(JsonId value) const;
  Result<std::vector<TokenId>> control_tokens_of(JsonId object, std::string_view name) const;
  Status refuse_counts(JsonId object) const;
  std::unexpected<Error> error(JsonId place, std::string_view message,
                               ErrorCode code = ErrorCode::kInvalidArgument) const;
  Error placed(const Error& error, JsonId place) const;

  const JsonDocument& document_;
  RuleSet& rules_;
  const GrammarHooks& hooks_;
  const Limits& limits_;
  PlainStringBudget strings_;
  static constexpr size_t kMaxTokens = 10000, kMaxTriggers = 256, kMaxTriggersSize = 4096;
  size_t depth_ = 0;
};

}  // namespace hearth::grammar
