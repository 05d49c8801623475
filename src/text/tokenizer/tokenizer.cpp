#include "text/tokenizer/tokenizer.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "text/normalize/normalizer.h"
#include "text/split/pre_tokenizer.h"
#include "text/tokenizer/bpe.h"
#include "text/tokenizer/gguf_spec.h"
#include "text/tokenizer/longest_match.h"
#include "text/tokenizer/sentence_piece.h"
#include "text/tokenizer/token_finder.h"
#include "text/tokenizer/token_spellings.h"
#include "text/tokenizer/unigram.h"
#include "text/tokenizer/word_piece.h"
#include "text/unicode/byte_alphabet.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

using Allow = TokenFinder::Allow;

Status check_size(std::string_view text) {
  if (text.size() <= Tokenizer::kMaxTextSize) return {};
  return fail_hint(ErrorCode::kResourceLimit, "encode it in parts",
                   "a text of {} bytes is too long to encode, the limit is {}", text.size(),
                   Tokenizer::kMaxTextSize);
}

/// Which tokens that stand for themselves may lie at a place: the same everywhere.
struct AllowAlways {
  static constexpr bool kByPlace = false;
  Allow allow;

  Allow operator()(size_t, size_t) const { return allow; }
};

/// The same by the origin of the text: all within one range of the template, in content those of text.
struct AllowByOrigin {
  static constexpr bool kByPlace = true;
  const std::vector<OriginText::Range>* ranges;
  size_t range = 0;  ///< of the place asked for last; the next is mostly near

  Allow operator()(size_t begin, size_t size) {
    begin = std::min(begin, ranges->back().end - 1);
    while ((*ranges)[range].begin > begin) --range;
    while ((*ranges)[range].end <= begin) ++range;
    const OriginText::Range& at = (*ranges)[range];
    return at.origin == Origin::kTemplate && begin + size <= at.end ? Allow::kAll : Allow::kContent;
  }
};

using Model = std::variant<Bpe, SentencePiece, Unigram, WordPiece, LongestMatch>;

bool has_alphabet(const Vocab& vocab) {
  for (uint32_t byte = 0; byte < 256; ++byte) {
    std::string letter;
    append_utf8(letter, alphabet_code_point(uint8_t(byte)));
    if (!vocab.find(letter)) return false;
  }
  return true;
}

/// Takes the step that spells bytes in GPT-2's alphabet off the end, where the model can merge bytes as well.
bool take_byte_level(TokenizerSpec& spec, const Vocab& vocab) {
  const TokenModelSpec& model = spec.model;
  if (spec.pre_tokenizer.empty() || spec.pre_tokenizer.back().kind != PreTokenizerStep::Kind::kByteAlphabet) {
    return false;
  }
  if (model.kind != TokenModel::kMerges || model.byte_fallback || !model.inner_prefix.empty()) return false;
  if (!model.word_suffix.empty() || (!model.drop_unk && !has_alphabet(vocab))) return false;
  spec.pre_tokenizer.pop_back();
  return true;
}

Result<Model> make_model(const Vocab& vocab, const TokenSpellings& spellings, MergeList merges,
                         const TokenModelSpec& spec, bool byte_level) {
  switch (spec.kind) {
    case TokenModel::kMerges:
      return TRY(Bpe::create(vocab, spellings.all_within(), merges, spec, byte_level));
    case TokenModel::kScoredMerges:
      return TRY(SentencePiece::create(vocab));
    case TokenModel::kUnigram:
      return TRY(Unigram::create(vocab, spec));
    case TokenModel::kWordPiece:
    case TokenModel::kWordLevel:
      return TRY(WordPiece::create(vocab, spec));
    case TokenModel::kLongestMatch:
      return TRY(LongestMatch::create(vocab, spellings.all_within()));
  }
  return fail(ErrorCode::kInternal, "a tokenizer model that is none");
}

}  // namespace

struct Tokenizer::State {
  State(Vocab checked_vocab, TokenizerSpec whole_spec)
      : vocab(std::move(checked_vocab)), spec(std::move(whole_spec)) {}

  Vocab vocab;
  TokenizerSpec spec;
  TokenSpellings spellings;
  TokenFinder plain_finder;   ///< of tokens looked for in the text as it is
  TokenFinder normal_finder;  ///< of those looked for after normalizing
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  std::optional<Model> model;

  Status create_finders();

  Status encode_words(std::string_view text, bool at_start, EncodeScratch& scratch,
                      std::vector<TokenId>& out) const {
    std::string storage;
    scratch.words.clear();
    TRY(pre_tokenizer.split(text, {at_start}, storage, scratch.words));
    return std::visit(
        [&](const auto& known) -> Status {
          for (const Word word : scratch.words) {
            TRY(known.encode(text.substr(word.begin, word.end - word.begin), scratch, out));
          }
          return {};
        },
        *model);
  }

  /// Encodes text that began at `offset` and holds none of the tokens that are looked for in it.
  template <typename AllowAt>
  Status encode_segment(std::string_view text, size_t offset, AllowAt& allow, EncodeScratch& scratch,
                        std::vector<TokenId>& out) const {
    if (normalizer.is_empty() && normal_finder.is_empty())
      return encode_words(text, offset == 0, scratch, out);
    AlignedText aligned(text, AllowAt::kByPlace && !normal_finder.is_empty());
    TRY(normalizer.apply(aligned));
    const std::string_view normal = aligned.text();
    const auto accept = [&](Allow strictest, size_t begin, size_t size) {
      if constexpr (!AllowAt::kByPlace) return strictest >= allow(0, 0);
      const AlignedText::Span span = aligned.original(begin, size);
      return strictest >= allow(offset + span.begin, span.end - span.begin);
    };
    for (size_t at = 0; at < normal.size();) {
      const TokenFinder::Found found = normal_finder.find(normal, at, accept);
      if (found.begin > at) {
        TRY(encode_words(normal.substr(at, found.begin - at), offset == 0 && at == 0, scratch, out));
      }
      if (found.id < 0) break;
      out.push_back(found.id);
      at = found.begin + found.size;
    }
    return {};
  }

  /// `allow(begin, size)` says which tokens that stand for themselves may lie there.
  template <typename AllowAt>
  Result<std::vector<TokenId>> encode(std::string_view text, bool add_special, AllowAt allow,
                                      const std::stop_token& stop) const {
    EncodeScratch scratch(text.size(), stop);
    std::vector<TokenId> out;
    out.reserve(text.size() / 4 + 2);
    if (add_special) out.insert(out.end(), spec.prefix.begin(), spec.prefix.end());
    const auto accept = [&](Allow strictest, size_t begin, size_t size) {
      return strictest >= allow(begin, size);
    };
    for (size_t at = 0; at < text.size();) {
      const TokenFinder::Found found = plain_finder.find(text, at, accept);
      if (found.begin > at) TRY(encode_segment(text.substr(at, found.begin - at), at, allow, scratch, out));
      if (found.id < 0) break;
      out.push_back(found.id);
      at = found.begin + found.size;
    }
    if (add_special) out.insert(out.end(), spec.suffix.begin(), spec.suffix.end());
    return out;
  }
};

Status Tokenizer::State::create_finders() {
  std::vector<AddedToken> plain, normal;
  for (AddedToken& token : spec.added_tokens) {
    token.special = token.special || vocab.type(token.id) == TokenType::kControl;  // known by its name
    if (!token.normalized) {
      plain.push_back(std::move(token));
      continue;
    }
    if (!token.as_spelt) {
      AlignedText spelling(token.content, false);
      TRY(normalizer.apply(spelling));
      token.content = spelling.take();
    }
    normal.push_back(std::move(token));
  }
  spec.added_tokens.clear();
  plain_finder = TRY(TokenFinder::create(std::move(plain)));
  normal_finder = TRY(TokenFinder::create(std::move(normal)));
  return {};
}

Result<Tokenizer> Tokenizer::create(VocabData data) {
  GgufTokenizer named;
  const bool is_named = !data.spec;
  if (is_named) named = TRY(gguf_tokenizer(data));
  TokenizerSpec spec = is_named ? std::move(named.spec) : std::move(*data.spec);
  data.spec.reset();
  const std::vector<std::string> merges = std::move(data.merges);
  const MergeList merge_list = {merges, data.merge_separator};
  const GgufSeparator separator = gguf_separator(data);
  auto state = std::make_unique<State>(TRY(Vocab::create(std::move(data), named.defaults)), std::move(spec));
  if (is_named) state->spec.added_tokens = gguf_added_tokens(state->vocab);
  if (is_named && state->vocab.add_bos()) state->spec.prefix = {*state->vocab.bos_id()};
  if (is_named && state->vocab.add_eos()) state->spec.suffix = {*state->vocab.eos_id()};
  if (is_named) state->spec.pair = gguf_pair_frame(state->spec, separator);
  state->spellings = TRY(TokenSpellings::create(state->vocab, state->spec.decoder));
  const bool byte_level = take_byte_level(state->spec, state->vocab);
  state->normalizer = TRY(Normalizer::create(std::move(state->spec.normalizer)));
  state->pre_tokenizer = TRY(PreTokenizer::create(std::move(state->spec.pre_tokenizer)));
  TRY(state->create_finders());
  state->model = TRY(make_model(state->vocab, state->spellings, merge_list, state->spec.model, byte_level));
  return Tokenizer(std::move(state));
}

Tokenizer::Tokenizer(std::unique_ptr<const State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view text, EncodeOptions options,
                                               const std::stop_token& stop) const {
  TRY(check_size(text));
  return state_->encode(text, options.add_special,
                        AllowAlways{options.parse_special ? Allow::kAll : Allow::kText}, stop);
}

Result<std::vector<TokenId>> Tokenizer::encode(const OriginText& text, bool add_special,
                                               const std::stop_token& stop) const {
  TRY(check_size(text.text()));
  return state_->encode(text.text(), add_special, AllowByOrigin{&text.ranges()}, stop);
}

Result<std::vector<TokenId>> Tokenizer::encode_chat(const OriginText& text,
                                                    const std::stop_token& stop) const {
  std::vector<TokenId> ids = TRY(encode(text, false, stop));
  const std::vector<TokenId>& prefix = state_->spec.prefix;
  const bool has_prefix =
      ids.size() >= prefix.size() && std::ranges::equal(std::span(ids).first(prefix.size()), prefix);
  if (!has_prefix) ids.insert(ids.begin(), prefix.begin(), prefix.end());
  return ids;
}

std::vector<TokenId> Tokenizer::frame(std::vector<TokenId> ids) const {
  const TokenizerSpec& spec = state_->spec;
  ids.insert(ids.begin(), spec.prefix.begin(), spec.prefix.end());
  ids.insert(ids.end(), spec.suffix.begin(), spec.suffix.end());
  return ids;
}

size_t Tokenizer::num_frame_tokens() const { return state_->spec.prefix.size() + state_->spec.suffix.size(); }

const PairFrame* Tokenizer::pair_frame() const { return state_->spec.pair ? &*state_->spec.pair : nullptr; }

void Tokenizer::append_text(TokenId id, DecodeCursor& cursor, bool render_special, std::string& out) const {
  if (!state_->vocab.contains(id)) return;
  const TokenSpellings& spellings = state_->spellings;
  if (is_control(id) && !render_special) return;
  if (spellings.drops_repeats() && cursor.previous == id) return;
  cursor.previous = id;
  std::string_view bytes = piece(id, render_special);
  if (!bytes.empty() && !cursor.started && !is_control(id)) bytes = spellings.at_start(id);
  if (!bytes.empty() || spellings.ends_word(id)) {
    if (cursor.space_due) out += ' ';
    cursor.space_due = spellings.ends_word(id);
  }
  cursor.started = cursor.started || !piece(id, render_special).empty();
  out += bytes;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, bool render_special) const {
  std::string out;
  DecodeCursor cursor;
  for (const TokenId id : ids) append_text(id, cursor, render_special, out);
  return out;
}

std::string_view Tokenizer::first_bytes(TokenId id) const {
  return state_->vocab.contains(id) ? state_->spellings.at_start(id) : std::string_view();
}

std::string_view Tokenizer::token_bytes(TokenId id) const {
  return state_->vocab.contains(id) ? state_->spellings.within(id) : std::string_view();
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
