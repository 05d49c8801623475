#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hearth::server {

/// The result of scanning the bytes so far. `kBad` and `kTooLarge` are final.
enum class Scan : uint8_t { kMore, kDone, kBad, kTooLarge };

/// Finds the end of a request's head byte by byte, so that segmentation makes no difference. Strict against
/// request smuggling: lines end in CR LF, are not folded and hold no control characters but the tab.
class HeadScanner {
 public:
  explicit HeadScanner(size_t most_bytes) : most_bytes_(most_bytes) {}

  /// `num_used`: all of `bytes`, or those up to the end of the head.
  Scan scan(std::string_view bytes, size_t& num_used);
  /// Why it is kBad.
  std::string_view reason() const { return reason_; }

 private:
  enum class At : uint8_t { kBegin, kLine, kCr, kLineBegin, kLastCr };
  Scan step(unsigned char byte);
  Scan bad(std::string_view reason) {
    reason_ = reason;
    return Scan::kBad;
  }

  const size_t most_bytes_;
  size_t num_bytes_ = 0;
  At at_ = At::kBegin;
  bool in_first_line_ = true;
  std::string_view reason_;
};

/// Reads a body in chunks (RFC 9112, section 7.1), byte by byte as above. Extensions and trailers are checked
/// and dropped.
class ChunkScanner {
 public:
  /// `most_bytes` of body, and `most_line_bytes` of each chunk's first line and of all trailers.
  ChunkScanner(size_t most_bytes, size_t most_line_bytes)
      : most_bytes_(most_bytes), most_line_bytes_(most_line_bytes) {}

  /// Adds what the chunks hold to `body`.
  Scan scan(std::string_view bytes, size_t& num_used, std::string& body);
  std::string_view reason() const { return reason_; }

 private:
  enum class At : uint8_t {
    kSize,
    kExtension,
    kSizeCr,
    kData,
    kDataEnd,
    kDataCr,
    kTrailerBegin,
    kTrailer,
    kTrailerCr,
    kLastCr
  };
  Scan step(unsigned char byte, size_t body_size);
  Scan step_size(unsigned char byte, size_t body_size);
  Scan bad(std::string_view reason) {
    reason_ = reason;
    return Scan::kBad;
  }

  const size_t most_bytes_, most_line_bytes_;
  At at_ = At::kSize;
  size_t num_digits_ = 0, num_line_bytes_ = 0;
  uint64_t left_ = 0;  ///< of the chunk
  std::string_view reason_;
};

}  // namespace hearth::server
