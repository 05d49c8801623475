#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"
#include "text/tokenizer/vocab_data.h"

namespace hearth {

// The file that llama-perplexity writes and reads with --kl-divergence-base: a text cut into chunks of
// `context` tokens, and the log-probabilities of every token at each scored position of each chunk.
// Little-endian:
//   "_logits_", u32 context, u32 vocab_size, u32 num_chunks, i32 tokens[num_chunks * context], then for each
//   scored position f32 scale, f32 lowest, u16 codes[vocab_size, rounded up to even]:
//   log-probability = lowest + scale * code.
// Scored are positions [context / 2, context - 1) of each chunk; each predicts the token behind it.

/// First scored position of a chunk, and how many there are.
inline size_t first_scored(size_t context) { return context / 2; }
inline size_t num_scored(size_t context) { return context - 1 - context / 2; }

/// Such a file, mapped. Immutable, thread-safe.
class LogprobFile {
 public:
  /// Errors: those of `MappedFile::open`; kCorruptData naming the field.
  static Result<LogprobFile> open(const std::filesystem::path& path);
  /// The same from bytes that must outlive the object.
  static Result<LogprobFile> parse(ByteSpan bytes);

  size_t context() const { return context_; }
  size_t vocab_size() const { return vocab_size_; }
  size_t num_chunks() const { return num_chunks_; }

  /// [context]
  std::vector<TokenId> tokens(size_t chunk) const;
  /// Log-probabilities at the index-th scored position of a chunk; `out` [vocab_size].
  void read(size_t chunk, size_t index, std::span<float> out) const;

 private:
  LogprobFile() = default;
  size_t row_bytes() const { return 2 * (4 + (vocab_size_ + 1) / 2 * 2); }

  MappedFile file_;
  ByteSpan tokens_, rows_;
  size_t context_ = 0, vocab_size_ = 0, num_chunks_ = 0;
};

/// Writes such a file row by row. Not thread-safe.
class LogprobWriter {
 public:
  /// `tokens` [num_chunks * context]. Error: kIo.
  static Result<LogprobWriter> create(const std::filesystem::path& path, size_t context, size_t vocab_size,
                                      std::span<const TokenId> tokens);

  /// The next scored position: its logits [vocab_size].
  void add(std::span<const float> logits);
  /// Error: kIo where anything could not be written.
  Status finish() const { return written_; }

 private:
  LogprobWriter(FileDescriptor file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}

  FileDescriptor file_;
  std::filesystem::path path_;
  Status written_;
  std::vector<uint16_t> row_;
};

}  // namespace hearth
