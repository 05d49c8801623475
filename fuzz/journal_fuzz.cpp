#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "transfer/download/journal.h"

// The journal of a download, torn and overwritten: what is read of it lies within the file, and is read again
// as it is written.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using hearth::transfer::Journal;
  const auto journal = Journal::parse({reinterpret_cast<const char*>(data), size});
  if (!journal) return 0;
  std::string text = journal->head();
  uint64_t last = 0;
  for (const auto& [begin, end] : journal->written.ranges()) {
    if (begin >= end || end > journal->num_bytes || (last != 0 && begin <= last)) std::abort();
    last = end;
    text += Journal::line('w', begin, end);
  }
  for (const auto& [begin, end] : journal->synced.ranges()) text += Journal::line('s', begin, end);
  const auto again = Journal::parse(text);
  if (!again || again->num_bytes != journal->num_bytes || again->validator != journal->validator)
    std::abort();
  if (again->written != journal->written || again->synced != journal->synced) std::abort();
  return 0;
}
