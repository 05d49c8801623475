#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string_view>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "base/sha256.h"

namespace hearth {

/// What hashing a file reports, and does with each piece.
struct HashSteps {
  std::function<void(uint64_t num_bytes)> progress = {};
  std::function<Status(std::string_view piece)> take = {};
  std::stop_token stop = {};
};

/// SHA-256 of an open file from its beginning. Errors: kIo, also where it changes meanwhile; kCancelled;
/// those of `take`.
Result<Sha256Digest> hash_file(const FileDescriptor& file, const std::filesystem::path& shown,
                               const HashSteps& steps);

}  // namespace hearth
