#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "transfer/registry/challenge.h"

// The header by which a registry asks for a token: schemes and names are tokens in lower case, and few.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto challenges = hearth::transfer::parse_challenges({reinterpret_cast<const char*>(data), size});
  if (challenges.size() > 32) std::abort();
  for (const auto& challenge : challenges) {
    if (challenge.scheme.empty() || challenge.values.size() > 32) std::abort();
    for (const auto& [name, value] : challenge.values) {
      if (name.empty() || value.size() > size) std::abort();
      for (const char c : name) {
        if (c <= ' ' || (c >= 'A' && c <= 'Z') || c == '"') std::abort();
      }
    }
  }
  return 0;
}
