#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include <fmt/core.h>

#include "base/printable.h"
#include "cli/command.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "formats/open_model_files.h"
#include "store/find_model.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::cli {
namespace {

struct TokenizeOptions {
  std::string model;
  std::string text = "-";
  bool ids = false;
  bool special = false;
  bool no_bos = false;
  bool batch = false;
};

std::string id_line(const std::vector<TokenId>& ids) {
  std::string line;
  for (const TokenId id : ids) {
    if (!line.empty()) line += ' ';
    line += std::to_string(id);
  }
  return line + "\n";
}

/// One token a line: the id and what it stands for.
std::string listing(const Tokenizer& tokenizer, const std::vector<TokenId>& ids) {
  std::string lines;
  for (const TokenId id : ids)
    lines += fmt::format("{:>7}  {}\n", id, quoted(tokenizer.piece(id, true), 200));
  return lines;
}

Status tokenize_text(const Tokenizer& tokenizer, std::string_view text, const TokenizeOptions& options) {
  const auto ids = TRY(tokenizer.encode(text, {!options.no_bos, options.special}));
  return print_exact(options.ids || options.batch ? id_line(ids) : listing(tokenizer, ids));
}

Status tokenize(const TokenizeOptions& options) {
  VocabData vocabulary =
      TRY(open_vocabulary(TRY(find_model(options.model, stderr_log(false))).path, stderr_log(false)));
  const Tokenizer tokenizer = TRY(Tokenizer::create(std::move(vocabulary)));
  const std::string text =
      options.text == "-" ? TRY(read_standard_input(Tokenizer::kMaxTextSize)) : options.text;
  if (!options.batch) {
    TRY(tokenize_text(tokenizer, text, options));
  } else {
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view one = rest.substr(0, rest.find('\0'));
      TRY(tokenize_text(tokenizer, one, options));
      rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    }
  }
  return {};
}

}  // namespace

Command command_tokenize() {
  return {"tokenize", "Show the tokens that a model makes of a text",
          [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<TokenizeOptions>();
            add_model(arguments, "-m,--model", options->model).required();
            arguments.option("TEXT", options->text, text("TEXT"), "the text; - is all of standard input");
            arguments.flag("--ids", options->ids, "print the ids alone, separated by spaces");
            arguments.flag("--special", options->special, "take control tokens spelt in the text as such");
            arguments.flag("--no-bos", options->no_bos, "add no tokens at the start and the end");
            arguments.flag("--batch", options->batch,
                           "the text is many, each ended by a NUL byte: a line of ids each");
            return [options] { return tokenize(*options); };
          }};
}

}  // namespace hearth::cli
