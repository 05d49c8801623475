#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/content/blob_digest.h"
#include "store/names/model_name.h"

// Names and digests as strangers write them: a name that is taken is a path of four folders that goes down
// only, and is the same when it is written and read again.

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto digest = hearth::BlobDigest::parse(text)) {
    if (digest->text().substr(7) != text.substr(7)) std::abort();
  }
  const auto name = hearth::ModelName::parse(text);
  if (!name) return 0;
  size_t num_parts = 0;
  for (const std::filesystem::path& part : name->manifest_path()) {
    num_parts += 1;
    const std::string file = part.string();
    if (file.empty() || file.front() == '.' || file.size() > 255 || file.find('/') != std::string::npos)
      std::abort();
  }
  if (num_parts != 4) std::abort();
  const auto again = hearth::ModelName::parse(name->text());
  if (!again || *again != *name || again->text() != name->text()) std::abort();
  const auto found = hearth::ModelName::from_path(name->manifest_path(), name->url);
  if (!found || *found != *name) std::abort();
  return 0;
}
