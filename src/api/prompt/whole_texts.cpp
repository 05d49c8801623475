#include "api/prompt/whole_texts.h"

#include <algorithm>
#include <utility>

#include "api/call/api_error.h"
#include "api/parameters/generation_parameters.h"
#include "text/input/rerank_prompt.h"

namespace hearth::api {
namespace {

constexpr Parameter kTruncation[] = {
    {"truncate_prompt_tokens", Schema::integer(-1, kMaxTokenCount),
     "Texts are cut at their end to so many tokens; -1: to as many as the model reads. Without it, a longer "
     "text is refused."},
    {"truncate", Schema::boolean(), "true: the same as truncate_prompt_tokens -1.", "false"},
};

}  // namespace

ParameterList truncation_parameters() { return {kTruncation}; }

Result<size_t> read_truncation(Parameters& parameters, const ApiModel& model) {
  const auto wanted = parameters.integer("truncate_prompt_tokens");
  const bool to_model = parameters.flag("truncate");
  if (!wanted) return to_model ? model.context : kWholeText;
  if (*wanted == -1) return model.context;
  if (size_t(*wanted) <= model.context) return size_t(*wanted);
  return fail_hint(ErrorCode::kInvalidArgument, "use -1 for as many as the model reads",
                   "truncate_prompt_tokens: is {}, but the model reads {} tokens", *wanted, model.context);
}

Status check_length(const WholeText& text, const ApiModel& model) {
  return check_length(text, model.context);
}

Status check_length(const WholeText& text, size_t max_tokens) {
  const size_t size = text.input.ids.size();
  if (size == 0) {
    return fail_hint(ErrorCode::kInvalidArgument, "give at least one token", "{}: has no tokens", text.path);
  }
  if (size <= max_tokens) return {};
  return fail_hint(ErrorCode::kContextOverflow, "shorten it, or have it cut: \"truncate_prompt_tokens\": -1",
                   "{}: has {} tokens, but the model reads {} at most", text.path, size, max_tokens);
}

Result<WholeText> scored_text(std::string_view first, std::string_view second, std::string path,
                              size_t max_tokens, const ApiCall& call) {
  const ApiModel& model = *call.model;
  const auto encode = [&]() -> Result<TextInput> {
    if (model.rerank_template.empty()) {
      return encode_pair(*model.tokenizer, first, second, max_tokens, call.gone);
    }
    return encode_rerank_prompt(*model.tokenizer, model.rerank_template, first, second, max_tokens,
                                call.gone);
  };
  Result<TextInput> input = encode();
  if (!input) return std::unexpected(about(path, std::move(input.error())));
  WholeText text{.input = std::move(*input), .path = std::move(path)};
  TRY(check_length(text, model));
  // What knows no segments has them all alike.
  for (int32_t& type : text.input.types) type = std::min(type, int32_t(model.num_token_types) - 1);
  return text;
}

GenerateRequest whole_text_request(WholeText text, Task task, const ApiCall& call) {
  GenerateRequest request;
  request.task = task;
  request.max_tokens = 0;
  request.tenant = call.tenant;
  request.cache_salt = call.cache_salt;
  request.token_types = std::move(text.input.types);
  request.prompt = Prompt(std::move(text.input.ids));
  return request;
}

std::vector<std::string> cut_notes(const std::vector<bool>& is_cut) {
  const auto count = std::ranges::count(is_cut, true);
  if (count == 0) return {};
  return {fmt::format("truncated {} of {} texts", count, is_cut.size())};
}

}  // namespace hearth::api
