#include "text/tokenizer/unigram.h"

#include <algorithm>

#include "text/unicode/utf8.h"

namespace hearth {
namespace {

// An unknown character costs this much more than the least probable token.
constexpr double kUnknownPenalty = 10.0;

}  // namespace

Result<Unigram> Unigram::create(const Vocab& vocab, const TokenModelSpec& spec) {
  Unigram unigram(
      spec.byte_fallback ? TRY(ByteFallback::from_byte_tokens(vocab)) : ByteFallback::unknown_only(vocab),
      spec.wide_scores);
  std::vector<TokenTrie::Entry> entries;
  double lowest = 0, highest = 0;
  bool any = false;
  unigram.scores_.reserve(vocab.size());
  unigram.user_defined_.resize(vocab.size());
  for (TokenId id = 0; vocab.contains(id); ++id) {
    const TokenType type = vocab.type(id);
    const double score = vocab.score(id);
    unigram.scores_.push_back(score);
    unigram.user_defined_[size_t(id)] = type == TokenType::kUserDefined;
    if (type == TokenType::kNormal) {
      lowest = any ? std::min(lowest, score) : score;
      highest = any ? std::max(highest, score) : score;
      any = true;
    }
    if (type == TokenType::kNormal || type == TokenType::kUserDefined)
      entries.push_back({vocab.text(id), id});
  }
  unigram.unk_score_ = lowest - kUnknownPenalty;
  unigram.user_score_ = highest;
  unigram.trie_ = TRY(TokenTrie::create(std::move(entries)));
  return unigram;
}

Status Unigram::encode(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& out) const {
  if (scratch.stopped()) return encoding_stopped();
  TRY(check_piece_size(word));
  scratch.cache.append(word, out, [&] { return encode_word(word, scratch, out); });
  if (scratch.stop.stop_requested()) return encoding_stopped();
  return {};
}

void Unigram::find_path(std::string_view word, std::vector<UnigramStep>& path, std::stop_token& stop) const {
  path.assign(word.size() + 1, {});
  path[0].begin = 0;
  const auto consider = [&](size_t begin, size_t end, double score, TokenId id) {
    UnigramStep& step = path[end];
    const double total = path[begin].score + score;
    if (step.begin != UnigramStep::kNone && total <= step.score) return;
    // SentencePiece keeps sums in single precision, which decides between ways that are nearly equal.
    step = {uint32_t(begin), id, wide_scores_ ? total : double(float(total))};
  };
  size_t count = 0;
  for (size_t at = 0; at < word.size();) {
    const size_t size = next_utf8(word.substr(at)).size;
    bool has_single = false;
    trie_.each_prefix(word.substr(at), [&](size_t token_size, TokenId id) {
      const double score =
          user_defined_[size_t(id)] ? double(token_size) * user_score_ - 0.1 : scores_[size_t(id)];
      consider(at, at + token_size, score, id);
      has_single = has_single || token_size == size;
    });
    if (!has_single) consider(at, at + size, unk_score_, -1);
    at += size;
    if (++count % 65536 == 0 && stop.stop_requested()) return;
  }
}

bool Unigram::encode_word(std::string_view word, EncodeScratch& scratch, std::vector<TokenId>& out) const {
  std::vector<UnigramStep>& path = scratch.path;
  find_path(word, path, scratch.stop);
  if (path.back().begin == UnigramStep::kNone) return false;  // stopped
  std::vector<std::pair<std::string_view, TokenId>>& pieces = scratch.pieces;
  pieces.clear();
  for (size_t end = word.size(); end > 0;) {
    const UnigramStep& step = path[end];
    const std::string_view piece = word.substr(step.begin, end - step.begin);
    if (step.id < 0 && !pieces.empty() && pieces.back().second < 0) {
      pieces.back().first = {piece.data(), piece.size() + pieces.back().first.size()};  // a run is one piece
    } else {
      pieces.emplace_back(piece, step.id);
    }
    end = step.begin;
  }
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    if (piece->second >= 0) {
      out.push_back(piece->second);
    } else {
      fallback_.append(piece->first, out);
    }
  }
  return true;
}

}  // namespace hearth
