#include "server/http/scanner.h"

#include <algorithm>

namespace hearth::server {
namespace {

constexpr size_t kMostDigits = 16;

bool is_control(unsigned char byte) { return (byte < 0x20 && byte != '\t') || byte == 0x7f; }
bool is_space(unsigned char byte) { return byte == ' ' || byte == '\t'; }

int hex_digit(unsigned char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  byte |= 0x20;
  return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

}  // namespace

Scan HeadScanner::scan(std::string_view bytes, size_t& num_used) {
  for (num_used = 0; num_used < bytes.size();) {
    if (++num_bytes_ > most_bytes_) return Scan::kTooLarge;
    const Scan now = step(static_cast<unsigned char>(bytes[num_used++]));
    if (now != Scan::kMore) return now;
  }
  return Scan::kMore;
}

Scan HeadScanner::step(unsigned char byte) {
  switch (at_) {
    case At::kBegin:
      if (is_space(byte) || byte == '\r') return bad("it begins with a space or an empty line");
      at_ = At::kLine;
      [[fallthrough]];
    case At::kLine:
      if (byte == '\r') {
        at_ = At::kCr;
      } else if (byte == '\n') {
        return bad("a line ends without a carriage return");
      } else if (is_control(byte) || (in_first_line_ && byte == '\t')) {
        return bad("there is a control character in a line");
      }
      return Scan::kMore;
    case At::kCr:
      if (byte != '\n') return bad("there is a carriage return inside a line");
      in_first_line_ = false;
      at_ = At::kLineBegin;
      return Scan::kMore;
    case At::kLineBegin:
      if (is_space(byte)) return bad("a header is folded");
      if (byte == '\r') {
        at_ = At::kLastCr;
        return Scan::kMore;
      }
      at_ = At::kLine;
      return step(byte);
    case At::kLastCr:
      return byte == '\n' ? Scan::kDone : bad("there is a carriage return inside a line");
  }
  return Scan::kBad;
}

Scan ChunkScanner::scan(std::string_view bytes, size_t& num_used, std::string& body) {
  for (num_used = 0; num_used < bytes.size();) {
    if (at_ == At::kData) {
      const size_t size = size_t(std::min<uint64_t>(left_, bytes.size() - num_used));
      body.append(bytes.substr(num_used, size));
      num_used += size;
      left_ -= size;
      if (left_ == 0) at_ = At::kDataEnd;
      continue;
    }
    const Scan now = step(static_cast<unsigned char>(bytes[num_used++]), body.size());
    if (now != Scan::kMore) return now;
  }
  return Scan::kMore;
}

Scan ChunkScanner::step_size(unsigned char byte, size_t body_size) {
  if (const int digit = hex_digit(byte); digit >= 0) {
    if (++num_digits_ > kMostDigits) return bad("a chunk's size has too many digits");
    left_ = left_ << 4 | uint64_t(digit);
    return Scan::kMore;
  }
  if (num_digits_ == 0 || (byte != '\r' && byte != ';')) return bad("a chunk's size is not a number");
  if (left_ > most_bytes_ - std::min(most_bytes_, body_size)) return Scan::kTooLarge;
  at_ = byte == '\r' ? At::kSizeCr : At::kExtension;
  return Scan::kMore;
}

Scan ChunkScanner::step(unsigned char byte, size_t body_size) {
  if (++num_line_bytes_ > most_line_bytes_) return bad("a chunk's header or the trailers are too long");
  switch (at_) {
    case At::kSize:
      return step_size(byte, body_size);
    case At::kExtension:
    case At::kTrailer:
      if (byte == '\r') {
        at_ = at_ == At::kTrailer ? At::kTrailerCr : At::kSizeCr;
      } else if (byte == '\n' || is_control(byte)) {
        return bad("there is a control character between chunks");
      }
      return Scan::kMore;
    case At::kSizeCr:
      at_ = left_ > 0 ? At::kData : At::kTrailerBegin;
      break;
    case At::kData:
      return Scan::kMore;
    case At::kDataEnd:
      if (byte != '\r') return bad("a chunk is longer than its size");
      at_ = At::kDataCr;
      return Scan::kMore;
    case At::kDataCr:
      at_ = At::kSize;
      num_digits_ = num_line_bytes_ = 0;
      break;
    case At::kTrailerBegin:
      if (is_space(byte)) return bad("a trailer is folded");
      if (byte == '\r') {
        at_ = At::kLastCr;
        return Scan::kMore;
      }
      at_ = At::kTrailer;
      --num_line_bytes_;
      return step(byte, body_size);
    case At::kTrailerCr:
      at_ = At::kTrailerBegin;
      break;
    case At::kLastCr:
      return byte == '\n' ? Scan::kDone : bad("there is a carriage return inside a line");
  }
  return byte == '\n' ? Scan::kMore : bad("there is a carriage return inside a line");
}

}  // namespace hearth::server
