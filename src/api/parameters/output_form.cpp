#include "api/parameters/output_form.h"

#include <utility>

#include "engine/constrain/grammar_constraint.h"

namespace hearth::api {
namespace {

// Of one quote; how many there are is told beside them.
constexpr size_t kMaxPlaces = 32;

}  // namespace

Status compile_form(OutputForm& form, const ApiCall& call) {
  if (!form.wanted) {
    if (form.documents == nullptr) return {};
    return fail_hint(ErrorCode::kUnsupported, "put them into a message",
                     "documents: are there for x-hearth-quote in a schema, and none is asked for");
  }
  const ApiModel& model = *call.model;
  if (model.grammars == nullptr) {
    return fail(ErrorCode::kUnsupported, "{}: this model's completions cannot be held to a form",
                form.wanted->path);
  }
  GrammarSource& source = form.wanted->source;
  source.form = form.json;
  source.documents = form.documents;
  auto compiled = model.grammars->get(source);
  if (!compiled) {
    Error error = std::move(compiled.error());
    // The request is small enough: what it asks for is too much.
    if (error.code == ErrorCode::kResourceLimit) error.code = ErrorCode::kInvalidArgument;
    error.message = fmt::format("{}: {}", form.wanted->path, error.message);
    return std::unexpected(std::move(error));
  }
  form.warnings = compiled->grammar().warnings();
  form.compiled = *std::move(compiled);
  return {};
}

Status check_budget(const OutputForm& form, size_t max_tokens) {
  if (!form.close_in_budget || !form.compiled) return {};
  const std::optional<size_t> least = shortest_known(*form.compiled);
  if (!least) {
    return fail_hint(ErrorCode::kInvalidArgument, "leave it out",
                     "close_in_budget: no short text of this form could be found");
  }
  // One more ends the turn.
  if (*least + 1 <= max_tokens) return {};
  return fail_hint(
      ErrorCode::kInvalidArgument, "raise max_tokens",
      "close_in_budget: a text of this form takes {} tokens and one that ends it, and there may be {}",
      *least, max_tokens);
}

Status set_reasoning(OutputForm& form, const Prompt& prompt, const ApiModel& model) {
  if (!form.compiled || prompt.segments().empty()) return {};
  if (!form.has_thoughts) {
    form.reasoning = reasoning_marks(model.reasoning, prompt.segments().back().text, *form.compiled->tokens);
  }
  if (!form.reasoning || !form.close_in_budget) return {};
  return fail_hint(ErrorCode::kUnsupported, "switch thinking off, or leave it out",
                   "close_in_budget: the model thinks before it answers, which may take all tokens");
}

void add_warnings(const OutputForm& form, Json& response) {
  if (!form.warnings.empty()) response["warnings"] = form.warnings;
}

void add_quotes(const OutputForm& form, std::string_view text, Json& choice) {
  if (!form.compiled || form.documents == nullptr) return;
  Json quotes = Json::array();
  for (const grammar::QuotedString& quote : form.compiled->grammar().quotes(text, kMaxPlaces)) {
    Json places = Json::array();
    for (const grammar::QuotePlace& place : quote.found.places) {
      places.push_back({{"document", place.document},
                        {"byte_begin", place.byte_begin},
                        {"byte_end", place.byte_end},
                        {"char_begin", place.char_begin},
                        {"char_end", place.char_end}});
    }
    quotes.push_back(
        {{"pointer", quote.pointer}, {"total", quote.found.total}, {"places", std::move(places)}});
  }
  choice["quotes"] = std::move(quotes);
}

std::unique_ptr<TokenConstraint> make_constraint(const OutputForm& form, size_t max_tokens) {
  if (!form.compiled) return nullptr;
  if (form.close_in_budget) return constrain_to(*form.compiled, max_tokens - 1);
  auto constraint = constrain_to(*form.compiled);
  if (!form.reasoning) return constraint;
  return after_reasoning(*form.reasoning, form.compiled->tokens->table, std::move(constraint));
}

}  // namespace hearth::api
