#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace hearth::server {

struct AuditSummary {
  uint64_t num_records = 0;
  uint64_t num_torn_lines = 0;  ///< set aside at a restart
  uint64_t num_missing = 0;     ///< requests that were not written, by the records of gaps
  uint64_t num_open_gaps = 0;   ///< without a count of what is missing: the server was killed
  std::string last_hash;        ///< stored elsewhere, it reveals truncation
};

/// Checks a whole log. Errors: those of `open_file`; kCorruptData naming the first line that is wrong.
Result<AuditSummary> verify_audit_log(const std::filesystem::path& path);

}  // namespace hearth::server
