#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/file_digests.h"

// The memory of digests, torn and overwritten: what is read of it is what was written, line by line.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto entries = hearth::parse_file_digests(text);
  size_t num_lines = 1;
  for (const char c : text) num_lines += size_t(c == '\n');
  if (entries.size() > num_lines) std::abort();
  return 0;
}
