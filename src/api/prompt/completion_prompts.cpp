#include "api/prompt/completion_prompts.h"

#include <algorithm>

#include "api/parameters/token_ids.h"
#include "text/unicode/utf8.h"

namespace hearth::api {
namespace {

/// The control tokens around what comes before a gap, after it, and the filling.
struct InfillTokens {
  TokenId prefix, suffix, middle;
};

std::optional<InfillTokens> find_infill_tokens(const Vocab& vocab) {
  struct Names {
    std::string_view prefix, suffix, middle;
  };
  static constexpr Names kNames[] = {
      {"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"},
      {"<fim_prefix>", "<fim_suffix>", "<fim_middle>"},
      {"<fim-prefix>", "<fim-suffix>", "<fim-middle>"},
      {"<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"},
      {"\xe2\x96\x81<PRE>", "\xe2\x96\x81<SUF>", "\xe2\x96\x81<MID>"},
      {"<PRE>", "<SUF>", "<MID>"},
      // DeepSeek's: begin, hole and end, with a full-width bar and a low block.
      {"<\xef\xbd\x9c"
       "fim\xe2\x96\x81"
       "begin\xef\xbd\x9c>",
       "<\xef\xbd\x9c"
       "fim\xe2\x96\x81"
       "hole\xef\xbd\x9c>",
       "<\xef\xbd\x9c"
       "fim\xe2\x96\x81"
       "end\xef\xbd\x9c>"},
  };
  for (const Names& names : kNames) {
    const auto prefix = vocab.find(names.prefix), suffix = vocab.find(names.suffix),
               middle = vocab.find(names.middle);
    if (prefix && suffix && middle) return InfillTokens{*prefix, *suffix, *middle};
  }
  return std::nullopt;
}

class PromptReader {
 public:
  PromptReader(std::string path, const ApiCall& call, bool parse_special)
      : path_(std::move(path)),
        call_(call),
        tokenizer_(*call.model->tokenizer),
        parse_special_(parse_special) {}

  Result<CompletionPrompt> read(const Json& value) const {
    CompletionPrompt read =
        value.is_string() ? TRY(read_text(value.get_ref<const std::string&>())) : read_ids(value);
    read.path = path_;
    return read;
  }

 private:
  Result<CompletionPrompt> read_text(const std::string& text) const {
    CompletionPrompt read{.prompt = {}, .text = text};
    read.prompt.append_text(text, TRY(tokenizer_.encode(text, {true, parse_special_}, call_.gone)));
    return read;
  }

  CompletionPrompt read_ids(const Json& ids) const {
    CompletionPrompt read{.prompt = read_token_ids(ids), .text = {}};
    read.text = sanitize_utf8(tokenizer_.decode(read.prompt.tokens()));
    return read;
  }

  std::string path_;
  const ApiCall& call_;
  const Tokenizer& tokenizer_;
  bool parse_special_;
};

constexpr Parameter kPromptParameters[] = {
    {.name = "prompt", .schema = kPrompts, .description = "What is carried on.", .required = true},
    {"suffix", Schema::text(0, size_t(1) << 20),
     "What follows the gap that is filled, where the model was trained to fill gaps."},
    {"parse_special", Schema::boolean(), "The spelling of a control token becomes that token.", "false"},
};

}  // namespace

bool can_infill(const Vocab& vocab) { return find_infill_tokens(vocab).has_value(); }

// Prefix, suffix, middle: the model goes on with what belongs between the first two.
Result<Prompt> infill_prompt(const ApiCall& call, const std::string& before, const std::string& after) {
  const Tokenizer& tokenizer = *call.model->tokenizer;
  const auto marks = find_infill_tokens(tokenizer.vocab());
  if (!marks) {
    return fail_hint(ErrorCode::kUnsupported, "leave it out, or use a model that was trained to fill gaps",
                     "suffix: the model has no tokens for filling gaps");
  }
  Prompt prompt;
  if (tokenizer.vocab().add_bos()) {
    const TokenId bos = *tokenizer.vocab().bos_id();
    prompt.append_tokens({&bos, 1});
  }
  const auto append = [&](TokenId mark, const std::string& text) -> Status {
    prompt.append_tokens({&mark, 1});
    prompt.append_text(
        text, TRY(tokenizer.encode(text, {.add_special = false, .parse_special = false}, call.gone)));
    return {};
  };
  TRY(append(marks->prefix, before));
  TRY(append(marks->suffix, after));
  prompt.append_tokens({&marks->middle, 1});
  return prompt;
}

ParameterList prompt_parameters() { return {kPromptParameters}; }

Result<std::vector<CompletionPrompt>> read_prompts(Parameters& parameters, const ApiCall& call) {
  const Json& value = *parameters.find("prompt");
  const bool parse_special = parameters.flag("parse_special");
  const auto suffix = parameters.text("suffix");
  // A gap with nothing behind it is no gap to a model that was not trained to fill any.
  const bool has_gap = suffix && (!suffix->empty() || can_infill(call.model->tokenizer->vocab()));
  if (has_gap) {
    if (!value.is_string()) {
      return fail(ErrorCode::kInvalidArgument, "suffix: needs a prompt that is one string");
    }
    const auto& before = value.get_ref<const std::string&>();
    return std::vector<CompletionPrompt>{{TRY(infill_prompt(call, before, *suffix)), before, "prompt"}};
  }
  return read_texts_or_ids(parameters, "prompt", call, parse_special);
}

Result<std::vector<CompletionPrompt>> read_texts_or_ids(Parameters& parameters, std::string_view name,
                                                        const ApiCall& call, bool parse_special) {
  const Json& value = *parameters.find(name);
  const std::string path(name);
  const bool is_batch =
      value.is_array() && !value.empty() && (value.front().is_array() || value.front().is_string());
  std::vector<CompletionPrompt> read;
  if (!is_batch) {
    read.push_back(TRY(PromptReader(path, call, parse_special).read(value)));
    return read;
  }
  for (size_t i = 0; i < value.size(); ++i) {
    const PromptReader one(fmt::format("{}[{}]", path, i), call, parse_special);
    read.push_back(TRY(one.read(value[i])));
  }
  return read;
}

}  // namespace hearth::api
