#include "text/tokenizer/vocab.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace hearth {
namespace {

constexpr size_t kMaxTokens = size_t(1) << 24;
constexpr size_t kMaxTokenSize = size_t(1) << 20;

/// Tokens that end a turn or a text by their name, whatever the file says of them.
constexpr std::string_view kEndNames[] = {
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|flush|>",
    "<|calls|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "<turn|>",
    "<|tool_response>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>",
    // Ends of a file in fill-in-the-middle training: nothing sensible follows.
    "<|fim_pad|>",
    "<fim-pad>",
    "<fim_pad>",
    "<PAD>",
    "[PAD]",
    "<|fim_repo|>",
    "<|repo_name|>",
    "<fim-repo>",
    "<REPO>",
    "<reponame>",
    "<|file_sep|>",
};

/// The same, but only where the file calls them control tokens: elsewhere they are text.
constexpr std::string_view kEndNamesIfControl[] = {"</s>", "<eos>"};

}  // namespace

Result<Vocab> Vocab::create(VocabData data, const VocabDefaults& defaults) {
  Vocab vocab;
  vocab.data_ = std::move(data);
  TRY(vocab.check());
  VocabData& stored = vocab.data_;
  if (stored.token_types.empty()) stored.token_types.assign(vocab.size(), TokenType::kNormal);
  vocab.ids_ = StringIndex(vocab.size());
  for (size_t id = 0; id < vocab.size(); ++id) {
    vocab.ids_.insert(stored.tokens[id], TokenId(id), [&](int32_t other) { return vocab.text(other); });
  }
  const bool add_bos = defaults.force_add_bos || stored.add_bos.value_or(defaults.add_bos);
  vocab.add_bos_ = add_bos && stored.bos_id.has_value();
  vocab.add_eos_ = stored.add_eos.value_or(defaults.add_eos) && stored.eos_id.has_value();
  vocab.find_end_of_generation();
  return vocab;
}

Status Vocab::check() const {
  const size_t num_tokens = data_.tokens.size();
  if (num_tokens == 0) return fail(ErrorCode::kCorruptData, "tokenizer.ggml.tokens: the vocabulary is empty");
  if (num_tokens > kMaxTokens) {
    return fail(ErrorCode::kCorruptData, "tokenizer.ggml.tokens: {} tokens, the limit is {}", num_tokens,
                kMaxTokens);
  }
  for (size_t id = 0; id < num_tokens; ++id) {
    if (data_.tokens[id].size() > kMaxTokenSize) {
      return fail(ErrorCode::kCorruptData, "tokenizer.ggml.tokens[{}]: {} bytes, the limit is {}", id,
                  data_.tokens[id].size(), kMaxTokenSize);
    }
  }
  if (!data_.scores.empty() && data_.scores.size() != num_tokens) {
    return fail(ErrorCode::kCorruptData, "tokenizer.ggml.scores: {} scores for {} tokens",
                data_.scores.size(), num_tokens);
  }
  for (size_t id = 0; id < data_.scores.size(); ++id) {
    if (std::isnan(data_.scores[id])) {
      return fail(ErrorCode::kCorruptData, "tokenizer.ggml.scores[{}]: not a number", id);
    }
  }
  if (!data_.token_types.empty() && data_.token_types.size() != num_tokens) {
    return fail(ErrorCode::kCorruptData, "tokenizer.ggml.token_type: {} types for {} tokens",
                data_.token_types.size(), num_tokens);
  }
  for (size_t id = 0; id < data_.token_types.size(); ++id) {
    if (data_.token_types[id] > TokenType::kByte) {
      return fail(ErrorCode::kCorruptData, "tokenizer.ggml.token_type[{}]: unknown type {}", id,
                  int(data_.token_types[id]));
    }
  }
  const std::pair<std::string_view, std::optional<TokenId>> roles[] = {
      {"bos", data_.bos_id}, {"eos", data_.eos_id},     {"eot", data_.eot_id},
      {"eom", data_.eom_id}, {"unknown", data_.unk_id}, {"padding", data_.pad_id},
  };
  for (const auto& [name, id] : roles) {
    if (id && !contains(*id)) {
      return fail(ErrorCode::kCorruptData,
                  "tokenizer.ggml.{}_token_id: {} is not in a vocabulary of {} tokens", name, *id,
                  num_tokens);
    }
  }
  return {};
}

std::optional<TokenId> Vocab::find(std::string_view text) const {
  const int32_t id = ids_.find(text, [this](int32_t other) { return this->text(other); });
  return id < 0 ? std::nullopt : std::optional(id);
}

bool Vocab::is_end_of_generation(TokenId id) const {
  return std::ranges::binary_search(end_of_generation_, id);
}

std::vector<TokenId> Vocab::unnamed_ids(size_t num_ids) const {
  std::vector<TokenId> ids;
  for (size_t i = 0; i < num_ids; ++i) {
    const auto id = TokenId(i);
    const bool steers = type(id) == TokenType::kControl || is_end_of_generation(id);
    if (!steers && (type(id) == TokenType::kUnused || text(id).empty())) ids.push_back(id);
  }
  return ids;
}

void Vocab::find_end_of_generation() {
  std::vector<TokenId>& ends = end_of_generation_;
  for (const std::string_view name : kEndNames) {
    const std::optional<TokenId> id = find(name);
    if (!id) continue;
    ends.push_back(*id);
    data_.token_types[*id] = TokenType::kControl;  // some files call it text
  }
  for (const std::string_view name : kEndNamesIfControl) {
    const std::optional<TokenId> id = find(name);
    if (id && type(*id) == TokenType::kControl) ends.push_back(*id);
  }
  // Where these are, <|end|> closes a message inside a completion (harmony, solar) and </s> is no end (gemma
  // 4).
  const auto remove = [&](std::string_view name) { std::erase(ends, find(name).value_or(-1)); };
  const bool has_call = find("<|call|>") || find("<|calls|>");
  if (has_call && (find("<|return|>") || find("<|flush|>"))) remove("<|end|>");
  if (find("<|tool_response>")) remove("</s>");
  for (const std::optional<TokenId> id : {data_.eos_id, data_.eot_id, data_.eom_id}) {
    if (id) ends.push_back(*id);
  }
  std::ranges::copy_if(data_.end_ids, std::back_inserter(ends), [this](TokenId id) { return contains(id); });
  std::ranges::sort(ends);
  ends.erase(std::ranges::unique(ends).begin(), ends.end());
}

}  // namespace hearth
