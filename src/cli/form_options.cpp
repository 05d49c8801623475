#include "cli/form_options.h"

#include <utility>

#include "base/file.h"

namespace hearth::cli {
namespace {

constexpr size_t kMaxSourceSize = size_t(64) << 20;

}  // namespace

void FormOptions::add_to(Arguments& arguments) {
  arguments.option("--format", format_, word("json|FILE"),
                   "the answer is JSON: any object, or what the JSON Schema of the file allows");
  arguments.option("--regex", regex_, text("TEXT"), "the answer matches this regular expression, all of it");
  arguments.option("--grammar", grammar_, word("FILE"), "the answer is a text of this grammar: GBNF or Lark");
  arguments.comma_list("--choice", choices_, text("TEXT"), "the answer is one of these texts");
}

std::string_view FormOptions::given() const {
  if (!format_.empty()) return "--format";
  if (!regex_.empty()) return "--regex";
  if (!grammar_.empty()) return "--grammar";
  return choices_.empty() ? "" : "--choice";
}

Result<std::optional<GrammarSource>> FormOptions::source() const {
  const int count =
      int(!format_.empty()) + int(!regex_.empty()) + int(!grammar_.empty()) + int(!choices_.empty());
  if (count == 0) return std::nullopt;
  if (count > 1) {
    return fail_hint(ErrorCode::kInvalidArgument, "give one of them",
                     "--format, --regex, --grammar and --choice exclude each other");
  }
  GrammarSource source;
  source.choices = choices_;
  source.form.escapes = grammar::JsonForm::Escapes::kNeeded;
  source.form.plain_integers = true;
  if (format_ == "json") {
    source.text = R"({"type": "object"})";
  } else if (!format_.empty()) {
    source.text = TRY(read_file(format_, kMaxSourceSize));
  } else if (!regex_.empty()) {
    source.kind = GrammarKind::kRegex;
    source.text = regex_;
  } else if (!grammar_.empty()) {
    source.kind = GrammarKind::kRules;
    source.text = TRY(read_file(grammar_, kMaxSourceSize));
  } else {
    source.kind = GrammarKind::kChoice;
  }
  return source;
}

}  // namespace hearth::cli
