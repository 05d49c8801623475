#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace hearth::server {

struct AuditSummary {
  uint64_t num_records = 0;
  uint64_t num_torn_lines = 0;  ///< that were set aside when the server started again
  uint64_t num_missing = 0;     ///< requests that could not be written, as records of gaps say
  uint64_t num_open_gaps = 0;   ///< of which no record says how many are missing: the server was killed
  std::string last_hash;        ///< kept elsewhere, it shows whether lines were cut off at the end
};

/// Checks a whole log. Errors: those of `open_file`; kCorruptData naming the first line that is wrong.
Result<AuditSummary> verify_audit_log(const std::filesystem::path& path);

}  // namespace hearth::server
