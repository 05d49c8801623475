#include "grammar/rules/tags/tag_reader.h"

#include <algorithm>
#include <utility>

#include "base/printable.h"
#include "grammar/regex/text_grammar.h"
#include "grammar/rules/gbnf.h"
#include "grammar/rules/tags/xml_parameters.h"

namespace hearth::grammar {

Result<RuleSet::ExprId> TagReader::read(JsonId format, const Texts& ends) {
  if (!document_.is(format, JsonKind::kObject)) return error(format, "a format is an object");
  const std::string kind = TRY(text_of(format, "type"));
  if (depth_ == limits_.max_depth) {
    return error(format, "formats are nested too deeply", ErrorCode::kResourceLimit);
  }
  ++depth_;
  auto expr = read_kind(format, kind, ends);
  --depth_;
  return expr;
}

Result<RuleSet::ExprId> TagReader::read_kind(JsonId format, std::string_view kind, const Texts& ends) {
  if (kind == "const_string") {
    TRY(check_members(format, {"value"}));
    return rules_.literal(TRY(text_of(format, "value")));
  }
  if (kind == "json_schema" || kind == "qwen_xml_parameter") return read_schema(format);
  if (kind == "regex") {
    TRY(check_members(format, {"pattern"}));
    auto grammar = compile_regex(TRY(text_of(format, "pattern")), limits_);
    if (!grammar) return std::unexpected(placed(grammar.error(), format));
    return rules_.nested(*std::move(grammar));
  }
  if (kind == "grammar") {
    TRY(check_members(format, {"grammar"}));
    auto grammar = compile_gbnf(TRY(text_of(format, "grammar")), {.hooks = hooks_}, limits_);
    if (!grammar) return std::unexpected(placed(grammar.error(), format));
    return rules_.nested(*std::move(grammar));
  }
  if (kind == "plain_string") return read_plain_string(format, ends);
  if (kind == "any_text") return read_any_text(format, ends);
  if (kind == "sequence" || kind == "or") return read_list(format, kind == "sequence", ends);
  if (kind == "optional" || kind == "plus" || kind == "star" || kind == "repeat") {
    return read_repeat(format, kind, ends);
  }
  if (kind == "tag") return read_tag(format);
  if (kind == "triggered_tags") return read_triggered(format, ends);
  if (kind == "token_triggered_tags") return read_token_triggered(format);
  if (kind == "tags_with_separator") return read_separated(format);
  if (kind == "dispatch") return read_dispatch(format, ends);
  if (kind == "any_tokens") return read_any_tokens(format);
  if (kind == "token") {
    TRY(check_members(format, {"token"}));
    return TRY(token_of(TRY(member(format, "token")))).expr(rules_);
  }
  return error(format, fmt::format("formats of type {} are not known", hearth::quoted(kind)),
               ErrorCode::kUnsupported);
}

Result<RuleSet::ExprId> TagReader::read_schema(JsonId format) {
  TRY(check_members(format, {"json_schema", "style", "any_order", "max_whitespace_cnt", "excludes"}));
  const bool is_old_form = TRY(text_of(format, "type")) == "qwen_xml_parameter";
  const std::string style = document_.find(format, "style") ? TRY(text_of(format, "style"))
                            : is_old_form                   ? "qwen_xml"
                                                            : "json";
  if (TRY(flag_of(format, "any_order")))
    return error(format, "any_order is not supported", ErrorCode::kUnsupported);
  if (const auto count = document_.find(format, "max_whitespace_cnt");
      count && !document_.is(*count, JsonKind::kNull)) {
    return error(*count, "max_whitespace_cnt is not supported", ErrorCode::kUnsupported);
  }
  if (!TRY(texts_of(format, "excludes")).empty()) {
    return error(format, "excludes of a schema are not supported", ErrorCode::kUnsupported);
  }
  if (!hooks_.compile_schema) return error(format, "schemas are not taken here", ErrorCode::kUnsupported);
  const JsonId schema = TRY(member(format, "json_schema"));
  if (style == "json") {
    auto grammar = hooks_.compile_schema(std::string(document_.source(schema)));
    if (!grammar) return std::unexpected(placed(grammar.error(), schema));
    return rules_.nested(*std::move(grammar));
  }
  if (style != "qwen_xml") {
    return error(format, fmt::format("the style {} is not supported", hearth::quoted(style)),
                 ErrorCode::kUnsupported);
  }
  auto expr = qwen_xml_parameters(document_, schema, rules_, hooks_);
  if (!expr) return std::unexpected(placed(expr.error(), schema));
  return *expr;
}

Result<RuleSet::ExprId> TagReader::read_plain_string(JsonId format, const Texts& ends) {
  TRY(check_members(format, {"json_schema", "excludes", "place"}));
  Texts excluded = TRY(texts_of(format, "excludes"));
  excluded.insert(excluded.end(), ends.begin(), ends.end());
  const std::string place = document_.find(format, "place") ? TRY(text_of(format, "place")) : "";
  const JsonId schema = TRY(member(format, "json_schema"));
  auto grammar = compile_plain_string(document_, schema, excluded, place, strings_, limits_);
  if (!grammar) return std::unexpected(placed(grammar.error(), schema));
  return rules_.nested(*std::move(grammar));
}

Result<RuleSet::ExprId> TagReader::read_any_text(JsonId format, const Texts& ends) {
  TRY(check_members(format, {"excludes", "max_tokens", "max_chars"}));
  TRY(refuse_counts(format));
  Texts excluded = TRY(texts_of(format, "excludes"));
  if (const auto limit = document_.find(format, "max_chars");
      limit && !document_.is(*limit, JsonKind::kNull)) {
    if (!excluded.empty() || !ends.empty()) {
      return error(*limit, "max_chars beside excludes or the end of a tag is not supported",
                   ErrorCode::kUnsupported);
    }
    const uint32_t count = TRY(count_of(format, "max_chars", 0));
    return rules_.repeat(rules_.code_points(CodePointSet::all()), 0, count);
  }
  excluded.insert(excluded.end(), ends.begin(), ends.end());
  return rules_.free_text(std::move(excluded));
}

Result<RuleSet::ExprId> TagReader::read_list(JsonId format, bool is_sequence, const Texts& ends) {
  TRY(check_members(format, {"elements"}));
  const JsonId list = TRY(member(format, "elements"));
  if (!document_.is(list, JsonKind::kArray)) return error(list, "elements is a list");
  std::vector<ExprId> parts;
  for (const JsonId element : document_.items(list)) parts.push_back(TRY(read(element, ends)));
  if (!is_sequence && parts.empty()) return error(list, "there is nothing to choose from");
  return is_sequence ? rules_.sequence(parts) : rules_.alternative(parts);
}

Result<RuleSet::ExprId> TagReader::read_repeat(JsonId format, std::string_view kind, const Texts& ends) {
  TRY(check_members(format, {"content", "min", "max"}));
  const ExprId content = TRY(read(TRY(member(format, "content")), ends));
  if (kind == "optional") return rules_.optional(content);
  if (kind != "repeat") return rules_.repeat(content, kind == "plus" ? 1 : 0);
  const uint32_t min = TRY(count_of(format, "min", 0));
  const uint32_t max = TRY(count_of(format, "max", RuleSet::kUnbounded));
  if (min > max) return error(format, "min is above max");
  return rules_.repeat(content, min, max);
}

Result<RuleSet::ExprId> TagReader::read_any_tokens(JsonId format) {
  TRY(check_members(format, {"exclude_tokens", "max_tokens"}));
  TRY(refuse_counts(format));
  const auto excluded = TRY(control_tokens_of(format, "exclude_tokens"));
  return rules_.repeat(
      rules_.alternative({rules_.code_points(CodePointSet::all()), rules_.control_but(excluded)}), 0);
}

Result<TagReader::Tag> TagReader::read_tag_parts(JsonId format) {
  if (!document_.is(format, JsonKind::kObject)) return error(format, "a tag is an object");
  TRY(check_members(format, {"begin", "content", "end"}));
  const JsonId begin = TRY(member(format, "begin"));
  Tag tag{.begin = {}, .begin_token = {}, .rest = 0, .place = format};
  if (document_.is(begin, JsonKind::kString)) {
    tag.begin = document_.text(begin);
  } else {
    tag.begin_token = TRY(token_of(begin));
  }
  tag.rest = TRY(read_content_and_end(format));
  return tag;
}

Result<RuleSet::ExprId> TagReader::read_content_and_end(JsonId format) {
  const JsonId end = TRY(member(format, "end"));
  Texts ends;
  std::vector<ExprId> choices;
  if (document_.is(end, JsonKind::kObject)) {
    choices.push_back(TRY(token_of(end)).expr(rules_));
  } else {
    ends = TRY(texts_of(format, "end"));
    for (const std::string& text : ends) choices.push_back(rules_.literal(text));
    if (choices.empty()) return error(end, "a tag has no end");
    std::erase(ends, std::string());
  }
  const JsonId content = TRY(member(format, "content"));
  const auto kind = document_.is(content, JsonKind::kObject) ? document_.find(content, "type") : std::nullopt;
  const bool is_plain_text =
      kind && document_.text(*kind) == "any_text" && !document_.find(content, "max_chars");
  if (is_plain_text && ends.size() == choices.size()) {
    TRY(read_any_text(content, ends));
    return rules_.text_until(ends, TRY(texts_of(content, "excludes")));
  }
  return rules_.sequence({TRY(read(content, ends)), rules_.alternative(choices)});
}

Result<RuleSet::ExprId> TagReader::read_tag(JsonId format) {
  const Tag tag = TRY(read_tag_parts(format));
  const ExprId begin = tag.begin_token ? tag.begin_token->expr(rules_) : rules_.literal(tag.begin);
  return rules_.sequence({begin, tag.rest});
}

Result<std::vector<TagReader::Tag>> TagReader::read_tags(JsonId format) {
  const JsonId list = TRY(member(format, "tags"));
  if (!document_.is(list, JsonKind::kArray)) return error(list, "tags is a list");
  std::vector<Tag> tags;
  for (const JsonId tag : document_.items(list)) tags.push_back(TRY(read_tag_parts(tag)));
  if (tags.empty()) return error(list, "there are no tags");
  return tags;
}

Result<RuleSet::ExprId> TagReader::read_triggered(JsonId format, const Texts& ends) {
  TRY(check_members(format, {"triggers", "tags", "at_least_one", "stop_after_first", "excludes"}));
  Dispatch dispatch{.triggers = {},
                    .rests = {},
                    .excluded = TRY(texts_of(format, "excludes")),
                    .at_least_one = TRY(flag_of(format, "at_least_one")),
                    .stop_after_first = TRY(flag_of(format, "stop_after_first"))};
  dispatch.excluded.insert(dispatch.excluded.end(), ends.begin(), ends.end());
  const auto tags = TRY(read_tags(format));
  return triggered(TRY(texts_of(format, "triggers")), tags, std::move(dispatch), format);
}

Result<RuleSet::ExprId> TagReader::triggered(Texts triggers, const std::vector<Tag>& tags, Dispatch dispatch,
                                             JsonId place) {
  std::vector<std::vector<ExprId>> rests(triggers.size());
  for (const Tag& tag : tags) {
    // The first trigger to be complete is the shortest.
    const std::string* trigger = nullptr;
    for (const std::string& one : triggers) {
      if (!one.empty() && tag.begin.starts_with(one) &&
          (trigger == nullptr || one.size() < trigger->size())) {
        trigger = &one;
      }
    }
    if (trigger == nullptr) {
      return error(tag.place, fmt::format("no trigger begins the tag {}", hearth::quoted(tag.begin)));
    }
    const ExprId begin = rules_.literal(tag.begin.substr(trigger->size()));
    rests[size_t(trigger - triggers.data())].push_back(rules_.sequence({begin, tag.rest}));
  }
  for (const auto& choices : rests) dispatch.rests.push_back(rules_.alternative(choices));
  dispatch.triggers = std::move(triggers);
  return dispatched(dispatch, place);
}

namespace {

/// Whether one of the texts may begin or stand inside of another, so that two ways of reading a text differ.
bool overlap(const std::vector<std::string>& texts) {
  for (size_t i = 0; i < texts.size(); ++i) {
    for (size_t j = 0; j < texts.size(); ++j) {
      const std::string& other = texts[j];
      for (size_t begin = 0; begin < texts[i].size(); ++begin) {
        const std::string_view rest = std::string_view(texts[i]).substr(begin);
        const bool is_same = i == j && begin == 0;
        if (!is_same && (rest.starts_with(other) || std::string_view(other).starts_with(rest))) return true;
      }
    }
  }
  return false;
}

}  // namespace

Result<RuleSet::ExprId> TagReader::dispatched(const Dispatch& dispatch, JsonId place) {
  if (dispatch.triggers.empty()) return error(place, "there are no triggers");
  Texts kept_out = dispatch.triggers;
  kept_out.insert(kept_out.end(), dispatch.excluded.begin(), dispatch.excluded.end());
  size_t size = 0;
  for (const std::string& one : kept_out) size += one.size();
  if (kept_out.size() > kMaxTriggers || size > kMaxTriggersSize) {
    return error(place, "there are too many triggers and excluded texts", ErrorCode::kResourceLimit);
  }
  const ExprId text = rules_.free_text(kept_out);
  const bool overlaps = overlap(kept_out);
  if (overlaps && dispatch.triggers.size() * size > limits_.max_dfa_states) {
    return error(place, "there are too many triggers that are parts of each other",
                 ErrorCode::kResourceLimit);
  }
  std::vector<ExprId> at_once, behind_text;
  for (size_t i = 0; i < dispatch.triggers.size(); ++i) {
    at_once.push_back(rules_.sequence({rules_.literal(dispatch.triggers[i]), dispatch.rests[i]}));
    // Where triggers overlap, the first to be complete counts, which an automaton for each of them tells.
    Texts others = kept_out;
    std::erase(others, dispatch.triggers[i]);
    behind_text.push_back(overlaps
                              ? rules_.sequence({rules_.text_until({dispatch.triggers[i]}, std::move(others)),
                                                 dispatch.rests[i]})
                              : at_once.back());
  }
  const ExprId first = rules_.alternative(at_once);
  ExprId tag = rules_.alternative(behind_text);
  if (!overlaps) tag = rules_.sequence({text, tag});
  if (dispatch.stop_after_first) return dispatch.at_least_one ? first : rules_.alternative({tag, text});
  const ExprId rest = rules_.sequence({rules_.repeat(tag, 0), text});
  return dispatch.at_least_one ? rules_.sequence({first, rest}) : rest;
}

Result<RuleSet::ExprId> TagReader::read_token_triggered(JsonId format) {
  TRY(check_members(format,
                    {"trigger_tokens", "tags", "exclude_tokens", "at_least_one", "stop_after_first"}));
  const auto triggers = TRY(control_tokens_of(format, "trigger_tokens"));
  std::vector<TokenId> kept_out = TRY(control_tokens_of(format, "exclude_tokens"));
  kept_out.insert(kept_out.end(), triggers.begin(), triggers.end());
  std::vector<ExprId> choices;
  for (const Tag& tag : TRY(read_tags(format))) {
    const bool is_triggered = tag.begin_token && tag.begin_token->text.empty() &&
                              std::ranges::find(triggers, tag.begin_token->control) != triggers.end();
    if (!is_triggered) return error(tag.place, "the tag does not begin with one of trigger_tokens");
    choices.push_back(rules_.sequence({tag.begin_token->expr(rules_), tag.rest}));
  }
  const ExprId tags = rules_.alternative(choices);
  const ExprId text = rules_.repeat(
      rules_.alternative({rules_.code_points(CodePointSet::all()), rules_.control_but(kept_out)}), 0);
  const ExprId tag = rules_.sequence({text, tags});
  const bool at_least_one = TRY(flag_of(format, "at_least_one"));
  if (TRY(flag_of(format, "stop_after_first"))) return at_least_one ? tags : rules_.alternative({tag, text});
  const ExprId rest = rules_.sequence({rules_.repeat(tag, 0), text});
  return at_least_one ? rules_.sequence({tags, rest}) : rest;
}

Result<RuleSet::ExprId> TagReader::read_separated(JsonId format) {
  TRY(check_members(format, {"tags", "separator", "at_least_one", "stop_after_first"}));
  std::vector<ExprId> choices;
  for (const Tag& tag : TRY(read_tags(format))) {
    const ExprId begin = tag.begin_token ? tag.begin_token->expr(rules_) : rules_.literal(tag.begin);
    choices.push_back(rules_.sequence({begin, tag.rest}));
  }
  const ExprId tag = rules_.alternative(choices);
  const ExprId separator = rules_.literal(TRY(text_of(format, "separator")));
  const bool stop = TRY(flag_of(format, "stop_after_first"));
  const ExprId some =
      stop ? tag : rules_.sequence({tag, rules_.repeat(rules_.sequence({separator, tag}), 0)});
  return TRY(flag_of(format, "at_least_one")) ? some : rules_.optional(some);
}

Result<RuleSet::ExprId> TagReader::read_dispatch(JsonId format, const Texts& ends) {
  TRY(check_members(format, {"rules", "loop", "excludes"}));
  Dispatch dispatch{.triggers = {},
                    .rests = {},
                    .excluded = TRY(texts_of(format, "excludes")),
                    .at_least_one = false,
                    .stop_after_first = document_.find(format, "loop") && !TRY(flag_of(format, "loop"))};
  dispatch.excluded.insert(dispatch.excluded.end(), ends.begin(), ends.end());
  const JsonId list = TRY(member(format, "rules"));
  if (!document_.is(list, JsonKind::kArray)) return error(list, "rules is a list");
  for (const JsonId rule : document_.items(list)) {
    if (!document_.is(rule, JsonKind::kArray) || document_.items(rule).size() != 2 ||
        !document_.is(document_.items(rule)[0], JsonKind::kString)) {
      return error(rule, "a rule is a list of a text and a format");
    }
    dispatch.triggers.emplace_back(document_.text(document_.items(rule)[0]));
    dispatch.rests.push_back(TRY(read(document_.items(rule)[1], ends)));
  }
  return dispatched(dispatch, format);
}

Result<RuleSet::ExprId> TagReader::read_structures(JsonId tag) {
  TRY(check_members(tag, {"structures", "triggers"}));
  const JsonId list = TRY(member(tag, "structures"));
  if (!document_.is(list, JsonKind::kArray)) return error(list, "structures is a list");
  if (!hooks_.compile_schema) return error(list, "schemas are not taken here", ErrorCode::kUnsupported);
  std::vector<Tag> tags;
  for (const JsonId item : document_.items(list)) {
    if (!document_.is(item, JsonKind::kObject)) return error(item, "a structure is an object");
    TRY(check_members(item, {"begin", "schema", "end"}));
    const JsonId schema = TRY(member(item, "schema"));
    const bool is_text = document_.is(schema, JsonKind::kString);  // a schema, as a JSON text in a string
    auto grammar =
        hooks_.compile_schema(std::string(is_text ? document_.text(schema) : document_.source(schema)));
    if (!grammar) return std::unexpected(placed(grammar.error(), schema));
    const ExprId end = rules_.literal(TRY(text_of(item, "end")));
    tags.push_back({.begin = TRY(text_of(item, "begin")),
                    .begin_token = {},
                    .rest = rules_.sequence({rules_.nested(*std::move(grammar)), end}),
                    .place = item});
  }
  if (tags.empty()) return error(list, "there are no structures");
  return triggered(TRY(texts_of(tag, "triggers")), tags, {}, tag);
}

}  // namespace hearth::grammar
