#include "engine/measure/logprob_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "base/checked_math.h"
#include "engine/sample/logit_math.h"

namespace hearth {
namespace {

constexpr std::string_view kMagic = "_logits_";
constexpr uint32_t kMaxContext = 1u << 24, kMaxVocabSize = 1u << 24;
// Log-probabilities are kept down to this far below the highest.
constexpr float kRange = 16.0f;

}  // namespace

Result<LogprobFile> LogprobFile::open(const std::filesystem::path& path) {
  MappedFile file = TRY(MappedFile::open(path));
  LogprobFile result = TRY(parse(file.bytes()));
  result.file_ = std::move(file);
  return result;
}

Result<LogprobFile> LogprobFile::parse(ByteSpan bytes) {
  ByteReader reader(bytes);
  const ByteSpan magic = TRY(reader.take(kMagic.size(), "magic"));
  if (as_text(magic) != kMagic) {
    return fail_hint(ErrorCode::kCorruptData, "write one with llama-perplexity --kl-divergence-base FILE",
                     "this is no file of log-probabilities: it does not begin with {}", kMagic);
  }
  LogprobFile file;
  file.context_ = TRY(reader.read<uint32_t>("context"));
  file.vocab_size_ = TRY(reader.read<uint32_t>("vocabulary size"));
  file.num_chunks_ = TRY(reader.read<uint32_t>("number of chunks"));
  if (file.context_ < 4 || file.context_ > kMaxContext) {
    return fail(ErrorCode::kCorruptData, "context is {} but must be 4 to {}", file.context_, kMaxContext);
  }
  if (file.vocab_size_ < 1 || file.vocab_size_ > kMaxVocabSize) {
    return fail(ErrorCode::kCorruptData, "vocabulary size is {} but must be 1 to {}", file.vocab_size_,
                kMaxVocabSize);
  }
  // No product wraps: each factor is at most 2^32, and the largest product below 2^32 * 2^24 * 4.
  file.tokens_ = TRY(reader.take(file.num_chunks_ * file.context_ * sizeof(int32_t), "tokens"));
  const auto row_bytes =
      checked_mul(file.num_chunks_ * num_scored(file.context_), file.row_bytes()).value_or(size_t(-1));
  file.rows_ = TRY(reader.take(row_bytes, "log-probabilities"));
  for (size_t i = 0; i < file.tokens_.size() / sizeof(int32_t); ++i) {
    int32_t id;
    std::memcpy(&id, file.tokens_.data() + i * sizeof(id), sizeof(id));
    if (id < 0 || size_t(id) >= file.vocab_size_) {
      return fail(ErrorCode::kCorruptData, "token {} is {} but the vocabulary has {}", i, id,
                  file.vocab_size_);
    }
  }
  return file;
}

std::vector<TokenId> LogprobFile::tokens(size_t chunk) const {
  std::vector<TokenId> ids(context_);
  std::memcpy(ids.data(), tokens_.data() + chunk * context_ * sizeof(TokenId), context_ * sizeof(TokenId));
  return ids;
}

void LogprobFile::read(size_t chunk, size_t index, std::span<float> out) const {
  const std::byte* row = rows_.data() + (chunk * num_scored(context_) + index) * row_bytes();
  float scale, lowest;
  std::memcpy(&scale, row, sizeof(scale));
  std::memcpy(&lowest, row + sizeof(scale), sizeof(lowest));
  row += sizeof(scale) + sizeof(lowest);
  for (size_t i = 0; i < vocab_size_; ++i) {
    uint16_t code;
    std::memcpy(&code, row + i * sizeof(code), sizeof(code));
    out[i] = lowest + scale * float(code);
  }
}

Result<LogprobWriter> LogprobWriter::create(const std::filesystem::path& path, size_t context,
                                            size_t vocab_size, std::span<const TokenId> tokens) {
  LogprobWriter writer(TRY(create_output_file(path)), path);
  const uint32_t header[] = {uint32_t(context), uint32_t(vocab_size), uint32_t(tokens.size() / context)};
  TRY(write_all(writer.file_.get(), kMagic, path));
  TRY(write_all(writer.file_.get(), as_text(std::as_bytes(std::span(header))), path));
  TRY(write_all(writer.file_.get(), as_text(std::as_bytes(tokens)), path));
  writer.row_.resize(4 + (vocab_size + 1) / 2 * 2);
  return writer;
}

void LogprobWriter::add(std::span<const float> logits) {
  const float highest = scan_logits(logits).max;
  float lowest = highest - kRange;
  lowest = std::max(lowest, *std::ranges::min_element(logits));
  const float scale = (highest - lowest) / 65535.0f;
  const float lowest_logprob = float(double(lowest) - log_sum_exp(logits));
  std::memcpy(row_.data(), &scale, sizeof(scale));
  std::memcpy(row_.data() + 2, &lowest_logprob, sizeof(lowest_logprob));
  for (size_t i = 0; i < logits.size(); ++i) {
    const float code = scale > 0.0f ? std::round((logits[i] - lowest) / scale) : 0.0f;
    row_[4 + i] = uint16_t(std::clamp(code, 0.0f, 65535.0f));
  }
  if (written_) written_ = write_all(file_.get(), as_text(std::as_bytes(std::span(row_))), path_);
}

}  // namespace hearth
