#include "text/tokenizer/gguf_spec.h"

#include <algorithm>
#include <utility>

#include "text/tokenizer/bert_steps.h"
#include "text/tokenizer/gguf_pre_tokenizers.h"
#include "text/tokenizer/space_escape.h"

namespace hearth {
namespace {

bool is_control(TokenType type) { return type == TokenType::kControl || type == TokenType::kUnknown; }

/// Phi 3 trains with its turn tokens taking the white space behind them. GGUF has no key for that; the
/// vocabulary is known by two of its tokens.
bool is_phi3(const Vocab& vocab) { return vocab.find("<|placeholder1|>") && vocab.find("<|assistant|>"); }

Result<GgufTokenizer> merged(VocabData& data) {
  const GgufPreTokenizer* pre = find_gguf_pre_tokenizer(data.pre);
  if (pre == nullptr) {
    return fail_hint(
        ErrorCode::kUnsupported,
        "use a build that knows it, or set the key to the name of one that splits alike, such as "
        "gpt-2, llama-bpe or qwen2",
        "tokenizer.ggml.pre: unknown pre-tokenizer \"{}\"", data.pre.substr(0, 64));
  }
  const PreTokenizerTraits& traits = pre->traits;
  GgufTokenizer made;
  made.defaults = {.add_bos = traits.add_bos, .force_add_bos = traits.force_add_bos};
  TokenizerSpec& spec = made.spec;
  if (traits.normal_form != NormalForm::kNone) {
    spec.normalizer.push_back({.kind = NormalizerStep::Kind::kForm, .form = traits.normal_form});
  }
  spec.pre_tokenizer = pre->steps();
  spec.model.ignore_merges = data.ignore_merges.value_or(traits.ignore_merges);
  spec.model.newline_runs = traits.newline_runs;
  if (traits.byte_level) {
    spec.pre_tokenizer.push_back({.kind = PreTokenizerStep::Kind::kByteAlphabet});
    spec.model.drop_unk = true;
    spec.decoder.push_back({.kind = DecoderStep::Kind::kByteLevel});
  } else {
    spec.normalizer.push_back(
        {.kind = NormalizerStep::Kind::kReplace, .pattern = " ", .content = std::string(kEscapedSpace)});
    spec.model.byte_fallback = true;
    spec.decoder.push_back(
        {.kind = DecoderStep::Kind::kReplace, .pattern = std::string(kEscapedSpace), .content = " "});
    spec.decoder.push_back({.kind = DecoderStep::Kind::kByteFallback});
  }
  return made;
}

TokenizerSpec sentence_piece_spec(const VocabData& data, TokenModel kind) {
  const bool prefix = data.add_space_prefix.value_or(true);
  const std::string space(kEscapedSpace);
  TokenizerSpec spec;
  if (!data.charsmap.empty()) {
    spec.normalizer.push_back({.kind = NormalizerStep::Kind::kCharsmap, .content = data.charsmap});
  }
  if (data.remove_extra_whitespaces.value_or(false)) {
    spec.normalizer.push_back({.kind = NormalizerStep::Kind::kSingleSpaces});
  }
  if (prefix) spec.normalizer.push_back({.kind = NormalizerStep::Kind::kPrepend, .content = space});
  spec.normalizer.push_back({.kind = NormalizerStep::Kind::kReplace, .pattern = " ", .content = space});
  spec.model.kind = kind;
  spec.model.byte_fallback = kind != TokenModel::kUnigram ||
                             std::ranges::find(data.token_types, TokenType::kByte) != data.token_types.end();
  spec.model.fuse_unk = true;
  spec.decoder.push_back({.kind = DecoderStep::Kind::kReplace, .pattern = space, .content = " "});
  spec.decoder.push_back({.kind = DecoderStep::Kind::kByteFallback});
  if (prefix) spec.decoder.push_back({.kind = DecoderStep::Kind::kStripText, .content = " ", .start = 1});
  return spec;
}

void assume_role(const VocabData& data, std::optional<TokenId>& role, size_t id, TokenType type) {
  if (!role && id < data.token_types.size() && data.token_types[id] == type) role = TokenId(id);
}

GgufTokenizer sentence_piece(VocabData& data) {
  // Files from before the keys of the roles existed hold the first LLaMA's vocabulary: <unk>, <s>, </s>.
  assume_role(data, data.unk_id, 0, TokenType::kUnknown);
  assume_role(data, data.bos_id, 1, TokenType::kControl);
  assume_role(data, data.eos_id, 2, TokenType::kControl);
  GgufTokenizer made;
  made.defaults.add_bos = true;
  made.spec = sentence_piece_spec(data, TokenModel::kScoredMerges);
  return made;
}

GgufTokenizer unigram(VocabData& data) {
  // T5's own: <pad>, </s>, <unk>.
  assume_role(data, data.pad_id, 0, TokenType::kControl);
  assume_role(data, data.eos_id, 1, TokenType::kControl);
  assume_role(data, data.unk_id, 2, TokenType::kUnknown);
  data.remove_extra_whitespaces = data.remove_extra_whitespaces.value_or(true);
  GgufTokenizer made;
  made.defaults.add_eos = true;
  made.spec = sentence_piece_spec(data, TokenModel::kUnigram);
  return made;
}

void assume_named(const VocabData& data, std::optional<TokenId>& role, std::string_view name) {
  if (role) return;
  const auto found = std::ranges::find(data.tokens, name);
  if (found != data.tokens.end()) role = TokenId(found - data.tokens.begin());
}

/// Tokens that start a word are spelt with U+2581, those inside one without anything.
GgufTokenizer word_piece(VocabData& data) {
  assume_named(data, data.bos_id, "[CLS]");
  assume_named(data, data.eos_id, "[SEP]");
  assume_named(data, data.unk_id, "[UNK]");
  if (data.unk_id && size_t(*data.unk_id) < data.token_types.size()) {
    data.token_types[size_t(*data.unk_id)] = TokenType::kUnknown;  // which files call a control token
  }
  GgufTokenizer made;
  made.defaults = {.add_bos = true, .add_eos = true};
  TokenizerSpec& spec = made.spec;
  spec.normalizer = bert_normalizer({});
  spec.pre_tokenizer = bert_pre_tokenizer();
  spec.model.kind = TokenModel::kWordPiece;
  spec.model.word_prefix = kEscapedSpace;
  spec.model.max_word_chars = kBertMaxWordChars;
  spec.decoder = {
      {.kind = DecoderStep::Kind::kReplace, .pattern = std::string(kEscapedSpace), .content = " "},
      {.kind = DecoderStep::Kind::kStripText, .content = " ", .start = 1},
  };
  return made;
}

GgufTokenizer world() {
  GgufTokenizer made;
  made.spec.model.kind = TokenModel::kLongestMatch;
  made.spec.decoder = {{.kind = DecoderStep::Kind::kEscapes}};
  return made;
}

}  // namespace

Result<GgufTokenizer> gguf_tokenizer(VocabData& data) {
  if (data.model == "gemma4") {
    data.model = "gpt2";
    data.pre = "gemma4";
  }
  if (data.model == "gpt2") return merged(data);
  if (data.model == "llama") return sentence_piece(data);
  if (data.model == "t5") return unigram(data);
  if (data.model == "bert") return word_piece(data);
  if (data.model == "rwkv") return world();
  return fail_hint(
      ErrorCode::kUnsupported,
      "known are gpt2 (byte-level BPE), llama (SentencePiece), t5 (Unigram), bert (WordPiece), rwkv "
      "and gemma4",
      "tokenizer.ggml.model: unknown tokenizer \"{}\"", data.model.substr(0, 64));
}

GgufSeparator gguf_separator(const VocabData& data) {
  const bool is_bert = data.model == "bert";
  // Where files do not say it, those of RoBERTa's kin have it.
  const bool is_usual = !is_bert && data.pre != "modern-bert";
  return {.id = data.sep_id ? data.sep_id : data.eos_id,
          .is_added = !is_bert && data.add_sep.value_or(is_usual),
          .by_segment = is_bert};
}

std::optional<PairFrame> gguf_pair_frame(const TokenizerSpec& spec, const GgufSeparator& separator) {
  if (spec.suffix.empty()) return std::nullopt;
  const int32_t second = separator.by_segment ? 1 : 0;
  PairFrame pair{.first_type = 0, .second_type = second};
  for (const TokenId id : spec.prefix) pair.prefix.push_back({id});
  for (const TokenId id : spec.suffix) {
    pair.middle.push_back({id});
    pair.suffix.push_back({id, second});
  }
  if (separator.is_added && separator.id) pair.middle.push_back({*separator.id});
  return pair;
}

std::vector<AddedToken> gguf_added_tokens(const Vocab& vocab) {
  const bool is_sentence_piece = vocab.model() == "llama" || vocab.model() == "t5";
  const bool phi3 = is_sentence_piece && is_phi3(vocab);
  std::vector<AddedToken> tokens;
  for (TokenId id = 0; vocab.contains(id); ++id) {
    const TokenType type = vocab.type(id);
    if (!is_control(type) && type != TokenType::kUserDefined) continue;
    AddedToken token = {.id = id, .content = std::string(vocab.text(id)), .special = is_control(type)};
    if (token.special) {
      const bool exempt =
          token.content == "<unk>" || token.content == "<s>" || token.content == "<|endoftext|>";
      token.rstrip = phi3 && !exempt;
    } else if (is_sentence_piece) {
      token.content = escape_spaces(token.content);
      token.normalized = token.as_spelt = true;
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace hearth
