#include "text/tokenizer/tokenizer.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "text/tokenizer/bpe.h"
#include "text/tokenizer/byte_alphabet.h"
#include "text/tokenizer/sentence_piece.h"
#include "text/tokenizer/space_escape.h"
#include "text/tokenizer/token_finder.h"

namespace hearth {
namespace {

/// Files from before the keys of the roles existed hold the first LLaMA's vocabulary: <unk>, <s>, </s>.
void assume_sentencepiece_roles(VocabData& data) {
  const auto assume = [&](std::optional<TokenId>& role, TokenId id, TokenType type) {
    if (!role && size_t(id) < data.token_types.size() && data.token_types[size_t(id)] == type) role = id;
  };
  assume(data.unk_id, 0, TokenType::kUnknown);
  assume(data.bos_id, 1, TokenType::kControl);
  assume(data.eos_id, 2, TokenType::kControl);
}

/// The size of the white space that an escaped text starts with.
size_t leading_space(std::string_view text) {
  size_t size = 0;
  while (size < text.size()) {
    if (text.substr(size).starts_with(kEscapedSpace)) {
      size += kEscapedSpace.size();
    } else if (text[size] >= '\t' && text[size] <= '\r') {
      ++size;
    } else {
      break;
    }
  }
  return size;
}

Status check_size(std::string_view text) {
  if (text.size() <= Tokenizer::kMaxTextSize) return {};
  return fail_hint(ErrorCode::kResourceLimit, "encode it in parts",
                   "a text of {} bytes is too long to encode, the limit is {}", text.size(),
                   Tokenizer::kMaxTextSize);
}

}  // namespace

struct Tokenizer::State {
  explicit State(Vocab checked_vocab) : vocab(std::move(checked_vocab)) {}

  Vocab vocab;
  std::string all_bytes;                      ///< what token_bytes views into
  std::vector<std::string_view> token_bytes;  ///< [vocab_size]
  std::optional<TokenFinder> finder;
  std::optional<Bpe> bpe;  ///< one of the two
  std::optional<SentencePiece> sentence_piece;
  std::vector<bool> swallows_space;  ///< [vocab_size] or empty: white space behind the token is part of it

  void spell_tokens(bool byte_level);
  void find_space_swallowers();

  /// Encodes text without control tokens, which began at `offset`; of SentencePiece, with escaped spaces.
  template <typename AllowAt>
  Status encode_segment(std::string_view text, size_t offset, AllowAt allow, EncodeScratch& scratch,
                        std::vector<TokenId>& out) const {
    if (bpe) return bpe->encode(text, scratch, out);
    std::string prefixed;
    size_t prefix_size = 0;
    if (vocab.add_space_prefix()) {
      prefixed.append(kEscapedSpace).append(text);
      text = prefixed;
      prefix_size = kEscapedSpace.size();
    }
    const auto accept = [&](TokenFinder::Allow strictest, size_t begin, size_t size) {
      if (strictest == TokenFinder::Allow::kAll) return false;
      const size_t outside = begin < prefix_size ? prefix_size - begin : 0;
      return strictest >= allow(offset + begin + outside - prefix_size, size - std::min(size, outside));
    };
    for (size_t at = 0; at < text.size();) {
      const TokenFinder::Found found = finder->find(text, at, accept);
      TRY(sentence_piece->encode(text.substr(at, found.begin - at), scratch, out));
      if (found.id >= 0) out.push_back(found.id);
      at = found.begin + found.size;
    }
    return {};
  }

  /// `allow(begin, size)` says which tokens that stand for themselves may lie there. Of SentencePiece, the
  /// spaces of the text are escaped.
  template <typename AllowAt>
  Result<std::vector<TokenId>> encode(std::string_view text, bool add_special, AllowAt allow,
                                      const std::stop_token& stop) const {
    EncodeScratch scratch(text.size(), stop);
    std::vector<TokenId> out;
    out.reserve(text.size() / 4 + 2);
    if (add_special && vocab.add_bos()) out.push_back(*vocab.bos_id());
    // SentencePiece puts its space in front before it looks for user-defined tokens, so they come second.
    const auto accept = [&](TokenFinder::Allow strictest, size_t begin, size_t size) {
      return strictest >= allow(begin, size) && (bpe || strictest == TokenFinder::Allow::kAll);
    };
    for (size_t at = 0; at < text.size();) {
      const TokenFinder::Found found = finder->find(text, at, accept);
      if (found.begin > at) TRY(encode_segment(text.substr(at, found.begin - at), at, allow, scratch, out));
      at = found.begin + found.size;
      if (found.id < 0) break;
      out.push_back(found.id);
      if (!swallows_space.empty() && swallows_space[size_t(found.id)]) at += leading_space(text.substr(at));
    }
    if (add_special && vocab.add_eos()) out.push_back(*vocab.eos_id());
    return out;
  }
};

/// Fills in the bytes that each token stands for.
void Tokenizer::State::spell_tokens(bool byte_level) {
  std::vector<size_t> ends;
  ends.reserve(vocab.size());
  for (TokenId id = 0; vocab.contains(id); ++id) {
    const std::string_view text = vocab.text(id);
    const TokenType type = vocab.type(id);
    const std::optional<uint8_t> byte = byte_level ? std::nullopt : parse_byte_token(text);
    if (type == TokenType::kControl || type == TokenType::kUnknown) {
      // stands for no text
    } else if (type == TokenType::kByte && byte) {
      all_bytes += char(*byte);
    } else if (byte_level && type == TokenType::kUserDefined) {
      all_bytes += text;  // spelt as it is
    } else if (byte_level) {
      append_alphabet_bytes(all_bytes, text);
    } else {
      append_unescaped(all_bytes, text);
    }
    ends.push_back(all_bytes.size());
  }
  all_bytes.shrink_to_fit();
  token_bytes.reserve(vocab.size());
  size_t begin = 0;
  for (const size_t end : ends) {
    token_bytes.push_back(std::string_view(all_bytes).substr(begin, end - begin));
    begin = end;
  }
}

/// Phi 3 trains with its turn tokens taking the white space behind them. GGUF has no key for that; the
/// vocabulary is known by two of its tokens.
void Tokenizer::State::find_space_swallowers() {
  if (!vocab.is_sentencepiece() || !vocab.find("<|placeholder1|>") || !vocab.find("<|assistant|>")) return;
  swallows_space.resize(vocab.size());
  for (TokenId id = 0; vocab.contains(id); ++id) {
    const std::string_view text = vocab.text(id);
    const bool exempt = text == "<unk>" || text == "<s>" || text == "<|endoftext|>";
    swallows_space[size_t(id)] =
        vocab.type(id) != TokenType::kNormal && vocab.type(id) != TokenType::kByte && !exempt;
  }
}

Result<Tokenizer> Tokenizer::create(VocabData data) {
  if (data.model == "gemma4") {
    data.model = "gpt2";
    data.pre = "gemma4";
  }
  if (data.model != "gpt2" && data.model != "llama") {
    return fail_hint(ErrorCode::kUnsupported,
                     "known are gpt2 (byte-level BPE), llama (SentencePiece) and gemma4",
                     "tokenizer.ggml.model: unknown tokenizer \"{}\"", data.model.substr(0, 64));
  }
  const std::vector<std::string> merges = std::move(data.merges);
  std::optional<PreTokenizer> pre_tokenizer;
  VocabDefaults defaults = {.add_bos = true, .add_space_prefix = true};
  if (data.model == "gpt2") {
    pre_tokenizer = TRY(PreTokenizer::create(data.pre));
    defaults = {.add_bos = pre_tokenizer->traits().add_bos,
                .force_add_bos = pre_tokenizer->traits().force_add_bos};
    data.add_space_prefix = false;  // of SentencePiece only
  } else {
    assume_sentencepiece_roles(data);
  }
  auto state = std::make_unique<State>(TRY(Vocab::create(std::move(data), defaults)));
  state->spell_tokens(pre_tokenizer && pre_tokenizer->traits().byte_level);
  state->finder = TRY(TokenFinder::create(state->vocab));
  state->find_space_swallowers();
  if (pre_tokenizer) {
    state->bpe = TRY(Bpe::create(state->vocab, state->token_bytes, merges, *std::move(pre_tokenizer)));
  } else {
    state->sentence_piece = TRY(SentencePiece::create(state->vocab));
  }
  return Tokenizer(std::move(state));
}

Tokenizer::Tokenizer(std::unique_ptr<const State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view text, EncodeOptions options,
                                               const std::stop_token& stop) const {
  TRY(check_size(text));
  std::string escaped;
  if (state_->sentence_piece) {
    escaped = escape_spaces(text);
    text = escaped;
  }
  const auto allow = options.parse_special ? TokenFinder::Allow::kAll : TokenFinder::Allow::kText;
  return state_->encode(text, options.add_special, [allow](size_t, size_t) { return allow; }, stop);
}

Result<std::vector<TokenId>> Tokenizer::encode(const OriginText& text, bool add_special,
                                               const std::stop_token& stop) const {
  TRY(check_size(text.text()));
  OriginText escaped;
  const OriginText* source = &text;
  if (state_->sentence_piece) {
    for (const OriginText::Range& range : text.ranges()) {
      const std::string_view bytes =
          std::string_view(text.text()).substr(range.begin, range.end - range.begin);
      escaped.append(escape_spaces(bytes), range.origin);
    }
    source = &escaped;
  }
  const std::vector<OriginText::Range>& ranges = source->ranges();
  size_t range = 0;  // of the place asked for last; the next is mostly near
  const auto allow = [&](size_t begin, size_t size) {
    while (ranges[range].begin > begin) --range;
    while (ranges[range].end <= begin) ++range;
    const bool in_template = ranges[range].origin == Origin::kTemplate && begin + size <= ranges[range].end;
    return in_template ? TokenFinder::Allow::kAll : TokenFinder::Allow::kContent;
  };
  return state_->encode(source->text(), add_special, allow, stop);
}

Result<std::vector<TokenId>> Tokenizer::encode_chat(const OriginText& text,
                                                    const std::stop_token& stop) const {
  std::vector<TokenId> ids = TRY(encode(text, false, stop));
  const Vocab& vocab = state_->vocab;
  const bool has_bos = !ids.empty() && ids.front() == vocab.bos_id();
  if (vocab.add_bos() && !has_bos) ids.insert(ids.begin(), *vocab.bos_id());
  return ids;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool render_special) const {
  std::string out;
  bool at_start = true;
  for (const TokenId id : ids) {
    std::string_view bytes = piece(id, render_special);
    if (bytes.empty()) continue;
    if (at_start && starts_with_prefix(id)) bytes.remove_prefix(1);
    at_start = false;
    out += bytes;
  }
  return out;
}

bool Tokenizer::starts_with_prefix(TokenId id) const {
  return state_->vocab.add_space_prefix() && token_bytes(id).starts_with(' ');
}

std::string_view Tokenizer::token_bytes(TokenId id) const {
  return state_->vocab.contains(id) ? state_->token_bytes[size_t(id)] : std::string_view();
}

std::string_view Tokenizer::piece(TokenId id, bool render_special) const {
  return render_special && is_control(id) ? state_->vocab.text(id) : token_bytes(id);
}

bool Tokenizer::is_control(TokenId id) const {
  const TokenType type = state_->vocab.type(id);
  return type == TokenType::kControl || type == TokenType::kUnknown;
}

bool Tokenizer::is_end_of_generation(TokenId id) const { return state_->vocab.is_end_of_generation(id); }

const Vocab& Tokenizer::vocab() const { return state_->vocab; }

}  // namespace hearth
