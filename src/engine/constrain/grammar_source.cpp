#include "engine/constrain/grammar_source.h"

#include <span>
#include <utility>

#include "base/hex.h"
#include "grammar/check_text.h"
#include "grammar/json/compile_json_schema.h"
#include "grammar/regex/text_grammar.h"
#include "grammar/rules/gbnf.h"
#include "grammar/rules/lark.h"
#include "grammar/rules/tags/structural_tag.h"

namespace hearth {
namespace {

/// Parts behind their lengths, so that no two lists of them give the same bytes.
class Framed {
 public:
  void add(std::string_view part) {
    add_number(part.size());
    hash_.update(std::as_bytes(std::span(part)));
  }
  void add_number(uint64_t number) { hash_.update(std::as_bytes(std::span(&number, 1))); }
  Sha256Digest finish() { return hash_.finish(); }

 private:
  Sha256 hash_;
};

grammar::SchemaOptions schema_options(const GrammarSource& source) {
  grammar::SchemaOptions options{.form = source.form, .reading = {.tolerant = !source.strict}};
  options.reading.quote = [documents = source.documents](std::string_view json) {
    return grammar::read_quote_keyword(json, documents.get());
  };
  return options;
}

grammar::GrammarHooks hooks_of(const GrammarSource& source, const Tokenizer& tokenizer,
                               const grammar::Limits& limits) {
  grammar::GrammarHooks hooks;
  hooks.compile_schema = [options = schema_options(source), limits](std::string schema) {
    return grammar::compile_json_schema(std::move(schema), options, limits);
  };
  hooks.find_control_token = [&tokenizer](std::string_view spelling) -> std::optional<TokenId> {
    const std::optional<TokenId> id = tokenizer.vocab().find(spelling);
    return id && tokenizer.is_control(*id) ? id : std::nullopt;
  };
  hooks.find_token = [&tokenizer](TokenId id) -> std::optional<grammar::GrammarHooks::Token> {
    if (id < 0 || size_t(id) >= tokenizer.vocab().size()) return std::nullopt;
    return grammar::GrammarHooks::Token{.is_control = tokenizer.is_control(id),
                                        .text = std::string(tokenizer.token_bytes(id))};
  };
  return hooks;
}

}  // namespace

Sha256Digest GrammarSource::digest() const {
  Framed framed;
  framed.add_number(uint64_t(kind));
  framed.add(text);
  framed.add_number(choices.size());
  for (const std::string& choice : choices) framed.add(choice);
  framed.add_number(uint64_t(strict));
  framed.add_number(uint64_t(form.order));
  framed.add_number(uint64_t(form.whitespace));
  framed.add_number(form.max_indent);
  framed.add_number(uint64_t(form.escapes));
  framed.add_number(uint64_t(form.plain_integers));
  framed.add_number(uint64_t(documents != nullptr));
  if (documents != nullptr) framed.add(to_hex(documents->digest()));
  return framed.finish();
}

namespace {

Result<grammar::GrammarPtr> compile_any(const GrammarSource& source, const Tokenizer& tokenizer,
                                        const grammar::Limits& limits) {
  switch (source.kind) {
    case GrammarKind::kJsonSchema:
      return grammar::compile_json_schema(source.text, schema_options(source), limits);
    case GrammarKind::kRegex:
      return grammar::compile_regex(source.text, limits);
    case GrammarKind::kChoice:
      return grammar::compile_choice(source.choices, limits);
    case GrammarKind::kRules:
      if (is_lark(source.text)) {
        return grammar::compile_lark(source.text, hooks_of(source, tokenizer, limits), limits);
      }
      return grammar::compile_gbnf(source.text, {.hooks = hooks_of(source, tokenizer, limits)}, limits);
    case GrammarKind::kStructuralTag:
      return grammar::compile_structural_tag(source.text, hooks_of(source, tokenizer, limits), limits);
  }
  return fail(ErrorCode::kInternal, "a grammar of no kind");
}

}  // namespace

Result<grammar::GrammarPtr> compile(const GrammarSource& source, const Tokenizer& tokenizer,
                                    const grammar::Limits& limits) {
  grammar::GrammarPtr made = TRY(compile_any(source, tokenizer, limits));
  const std::unique_ptr<grammar::Automaton> automaton = made->make_automaton();
  automaton->fuel() = {limits.mask_fuel, false};
  if (!grammar::has_beginning(*automaton)) {
    return fail(ErrorCode::kInvalidArgument, "there is no text that satisfies it");
  }
  return made;
}

bool is_lark(std::string_view rules) { return rules.find("::=") == rules.npos; }

}  // namespace hearth
