#pragma once

#include <filesystem>

#include "base/file_descriptor.h"
#include "base/log.h"
#include "base/result.h"

// Files and folders that hold what people have said, or keys: they are for their owner alone (0600, 0700)
// from the first byte on, whatever the umask is and whatever was there before. What others could read is
// narrowed, and `log` is told; what belongs to another user, or cannot be narrowed, is refused.

namespace hearth {

/// Makes a folder, and those above it that are missing, all of them private; those that exist above it stay
/// as they are. Errors: kInvalidArgument for what is no folder, kIo.
Status make_private_folder(const std::filesystem::path& folder, const LogSink& log);

/// Opens a file for reading and appending, and makes it where there is none. Symbolic links are not followed,
/// and a file that has a further name (a hard link) is refused: others may hold it. Errors: kInvalidArgument
/// for what is no regular file, kIo, kResourceLimit.
Result<FileDescriptor> open_private_file(const std::filesystem::path& path, const LogSink& log);

/// Brings a file that other code opens by its name into the same state, if it exists, without opening it: to
/// close a file would drop the locks that this process holds on it. Errors: as of `open_private_file`.
Status keep_private(const std::filesystem::path& path, const LogSink& log);

}  // namespace hearth
