#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "transfer/hub/file_choice.h"
#include "transfer/hub/hub_files.h"

// What the hub says of a repository: its files, refs and next page; and the choice among any files.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view next = hearth::transfer::next_link(text);
  if (next.size() > size) std::abort();
  if (const auto ref = hearth::transfer::find_hub_ref(text, "main"); ref && *ref) {
    if (!hearth::transfer::is_commit(**ref)) std::abort();
  }
  const auto files = hearth::transfer::parse_hub_tree(text);
  if (!files) return 0;
  for (const auto& file : *files) {
    if (file.path.empty() || file.num_bytes > uint64_t(1) << 53) std::abort();
    if (file.sha256.has_value() == (file.git_sha1.size() == 40)) std::abort();
  }
  for (const char* quant : {"", "Q4_K_M", "-"}) {
    const auto choice = hearth::transfer::choose_files(*files, quant);
    if (choice && choice->weights.empty() == choice->folder.empty()) std::abort();
    if (choice && choice->projector.size() > 1) std::abort();
  }
  return 0;
}
