#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/session.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "engine/sample/logit_math.h"
#include "engine/schedule/token_feed.h"

namespace hearth::cli {
namespace {

constexpr size_t kMaxInput = size_t(16) << 20;
constexpr size_t kChunk = 64;  // bounds the logits held at once

struct LogitsOptions {
  SessionOptions session;
  std::string tokens;
  size_t top = 0;
  bool json = false;
};

/// Ids separated by commas or white space.
Result<std::vector<TokenId>> parse_tokens(std::string_view text, size_t vocab_size) {
  std::vector<TokenId> ids;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(", \t\r\n"), text.size()));
    if (text.empty()) break;
    TokenId id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    const size_t size = size_t(end - text.data());
    const bool separated = size == text.size() || std::string_view(", \t\r\n").contains(text[size]);
    if (error != std::errc() || !separated || id < 0 || size_t(id) >= vocab_size) {
      return fail_hint(ErrorCode::kInvalidArgument, fmt::format("ids go from 0 to {}", vocab_size - 1),
                       "'{}' in --tokens is no token of the model",
                       text.substr(0, text.find_first_of(", \t\r\n")));
    }
    ids.push_back(id);
    text.remove_prefix(size);
  }
  if (ids.empty())
    return fail_hint(ErrorCode::kInvalidArgument, "give --tokens 1,2,3", "there are no tokens");
  return ids;
}

/// The ids of the `top` highest logits, highest first, the lower id of equals; of all where `top` is 0.
std::vector<TokenId> best_ids(std::span<const float> logits, size_t top) {
  std::vector<TokenId> ids(logits.size());
  std::iota(ids.begin(), ids.end(), 0);
  const size_t count = top == 0 ? ids.size() : std::min(top, ids.size());
  std::partial_sort(ids.begin(), ids.begin() + ptrdiff_t(count), ids.end(), [&](TokenId a, TokenId b) {
    const float left = logits[size_t(a)], right = logits[size_t(b)];
    return left > right || (left == right && a < b);
  });
  ids.resize(count);
  return ids;
}

std::string position_text(std::span<const float> logits, size_t position, const LogitsOptions& options) {
  const double total = log_sum_exp(logits);
  std::string line =
      options.json ? (position > 0 ? ",{\"top\":[" : "{\"top\":[") : fmt::format("{}:", position);
  bool first = true;
  for (TokenId id : best_ids(logits, options.top)) {
    const double logprob = double(logits[size_t(id)]) - total;
    if (!options.json) {
      line += fmt::format(" {}={:.5f}", id, logprob);
    } else if (std::isfinite(logprob)) {
      line += fmt::format("{}[{},{:.9g}]", first ? "" : ",", id, logprob);
    } else {
      line += fmt::format("{}[{},null]", first ? "" : ",", id);
    }
    first = false;
  }
  return line + (options.json ? "]}" : "\n");
}

Status logits(LogitsOptions options) {
  std::string text = options.tokens == "-" ? TRY(read_standard_input(kMaxInput)) : options.tokens;
  options.session.load.max_batch_tokens = kChunk;
  const auto session = TRY(open_session(options.session, stderr_log(false)));
  const std::vector<TokenId> ids = TRY(parse_tokens(text, size_t(session->model().config().vocab_size)));
  if (ids.size() > session->context()) {
    return fail_hint(ErrorCode::kContextOverflow, "give fewer tokens or a larger --ctx",
                     "there are {} tokens, but the context holds {}", ids.size(), session->context());
  }
  ModelRunner runner = TRY(session->runner());
  TokenFeed feed(runner);
  if (options.json) TRY(print_exact("{\"positions\":["));
  for (size_t begin = 0; begin < ids.size(); begin += kChunk) {
    const auto chunk = std::span(ids).subspan(begin, std::min(kChunk, ids.size() - begin));
    TRY(feed.append(chunk, chunk.size()));
    for (size_t i = 0; i < chunk.size(); ++i) {
      TRY(check_logits(runner.logits(i), begin + i));
      TRY(print_exact(position_text(runner.logits(i), begin + i, options)));
    }
  }
  if (options.json) TRY(print_exact("]}\n"));
  return {};
}

}  // namespace

Command command_logits() {
  return {"logits", "Print log-probabilities at every position",
          [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<LogitsOptions>();
            add_model(arguments, "-m,--model", options->session.model).required();
            arguments
                .option("--tokens", options->tokens, text("IDS"),
                        "ids by comma: 1,2,3; - reads them from standard input")
                .required();
            arguments.option("--top", options->top, number(size_t(0)), "only the N highest")
                .unless_given("0, all");
            arguments.flag("--json", options->json, "print {\"positions\":[{\"top\":[[id,logprob],...]}]}");
            add_session_options(arguments, options->session);
            return [options] { return logits(*options); };
          }};
}

}  // namespace hearth::cli
