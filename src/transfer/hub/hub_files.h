#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/content/blob_digest.h"

namespace hearth::transfer {

/// A file of a repository of the hub, at one commit.
struct HubFile {
  std::string path;
  uint64_t num_bytes = 0;
  std::optional<BlobDigest> sha256 = {};  ///< of what LFS or Xet keeps
  std::string git_sha1 = {};              ///< of what Git keeps itself
  bool operator==(const HubFile&) const = default;
};

/// Reads one page of a listing (GET api/models/REPO/tree/COMMIT). Errors: kCorruptData, kResourceLimit.
Result<std::vector<HubFile>> parse_hub_tree(std::string_view json);

/// The commit that a branch or tag is at, out of a list of refs (GET api/models/REPO/refs); nothing where the
/// name is not in it. Error: kCorruptData.
Result<std::optional<std::string>> find_hub_ref(std::string_view json, std::string_view name);

/// Whether a text is the whole name of a commit: 40 hexadecimal digits in lower case.
bool is_commit(std::string_view text);

/// The address behind `rel="next"` of a header Link; empty: none.
std::string_view next_link(std::string_view header);

}  // namespace hearth::transfer
