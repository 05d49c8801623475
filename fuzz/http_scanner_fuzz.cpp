#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/http/scanner.h"

// The framing of requests: heads and chunked bodies, whose verdict must not depend on the pieces that they
// come in. The first byte says where the rest is cut.

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

struct Seen {
  hearth::server::Scan scan = hearth::server::Scan::kMore;
  size_t num_used = 0;
  std::string body;

  friend bool operator==(const Seen&, const Seen&) = default;
};

/// Gives the scanner the text in pieces of `size`, then the rest.
template <typename Step>
Seen read(std::string_view text, size_t size, size_t most_pieces, const Step& step) {
  Seen seen;
  while (!text.empty() && seen.scan == hearth::server::Scan::kMore) {
    const std::string_view piece = most_pieces-- > 0 ? text.substr(0, size) : text;
    size_t num_used = 0;
    seen.scan = step(piece, num_used, seen.body);
    check(num_used <= piece.size());
    check(seen.scan != hearth::server::Scan::kMore || num_used == piece.size());
    seen.num_used += num_used;
    text.remove_prefix(num_used);
  }
  return seen;
}

Seen read_head(std::string_view text, size_t size, size_t most_pieces) {
  hearth::server::HeadScanner scanner(4096);
  return read(text, size, most_pieces, [&](std::string_view piece, size_t& num_used, std::string&) {
    return scanner.scan(piece, num_used);
  });
}

Seen read_chunks(std::string_view text, size_t size, size_t most_pieces) {
  hearth::server::ChunkScanner scanner(100'000, 1000);
  return read(text, size, most_pieces, [&](std::string_view piece, size_t& num_used, std::string& body) {
    return scanner.scan(piece, num_used, body);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t cut = 1 + data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Seen head = read_head(text, text.size(), 1);
  check(head == read_head(text, cut, 1));
  check(head == read_head(text, 1, text.size()));
  if (head.scan == hearth::server::Scan::kDone) {
    const std::string_view lines = text.substr(0, head.num_used);
    check(lines.ends_with("\r\n\r\n") && lines.find("\r\n\r\n") == lines.size() - 4);
    for (const std::string_view hostile : {"\n ", "\n\t", "\r\r"}) check(lines.find(hostile) == lines.npos);
    for (const char c : lines)
      check(static_cast<unsigned char>(c) >= 0x20 || c == '\r' || c == '\n' || c == '\t');
  }
  const Seen chunks = read_chunks(text, text.size(), 1);
  check(chunks == read_chunks(text, cut, 1));
  check(chunks == read_chunks(text, 1, text.size()));
  check(chunks.body.size() <= 100'000 && chunks.body.size() <= text.size());
  return 0;
}
