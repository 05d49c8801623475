#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/printable.h"
#include "cli/command.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "formats/open_model_files.h"
#include "store/find_model.h"
#include "text/tokenizer/tokenizer.h"

namespace hearth::cli {
namespace {

constexpr size_t kMaxInput = size_t(256) << 20;
constexpr std::string_view kSeparators = " \t\r\n,";

struct DetokenizeOptions {
  std::string model;
  std::vector<std::string> ids;
  bool special = false;
};

/// Appends the ids of a text in which spaces, commas or line ends separate them.
Status parse_ids(std::string_view text, const Vocab& vocab, std::vector<TokenId>& ids) {
  while (true) {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(kSeparators)));
    if (text.empty()) return {};
    const std::string_view word = text.substr(0, text.find_first_of(kSeparators));
    TokenId id = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    if (error != std::errc() || end != word.data() + word.size() || !vocab.contains(id)) {
      return fail_hint(ErrorCode::kInvalidArgument, "give ids as `hearth tokenize --ids` prints them",
                       "{} is no token id: the vocabulary has 0 to {}", quoted(word, 40), vocab.size() - 1);
    }
    ids.push_back(id);
    text.remove_prefix(word.size());
  }
}

Status detokenize(const DetokenizeOptions& options) {
  VocabData vocabulary =
      TRY(open_vocabulary(TRY(find_model(options.model, stderr_log(false))).path, stderr_log(false)));
  const Tokenizer tokenizer = TRY(Tokenizer::create(std::move(vocabulary)));
  std::vector<TokenId> ids;
  for (const std::string& text : options.ids) {
    if (text == "-") {
      TRY(parse_ids(TRY(read_standard_input(kMaxInput)), tokenizer.vocab(), ids));
    } else {
      TRY(parse_ids(text, tokenizer.vocab(), ids));
    }
  }
  const std::string bytes = tokenizer.decode(ids, options.special);
  return print_exact(bytes);
}

}  // namespace

Command command_detokenize() {
  return {"detokenize", "Print the text that token ids stand for, byte for byte",
          [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<DetokenizeOptions>();
            add_model(arguments, "-m,--model", options->model).required();
            arguments.words("IDS", options->ids, "token ids; - for those on standard input").required();
            arguments.flag("--special", options->special, "spell control tokens out");
            return [options] { return detokenize(*options); };
          }};
}

}  // namespace hearth::cli
