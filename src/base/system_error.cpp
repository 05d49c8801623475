#include "base/system_error.h"

#include <cerrno>
#include <cstring>

namespace hearth {
namespace {

struct Remedy {
  int number;
  ErrorCode code;
  const char* hint;
};

constexpr Remedy kRemedies[] = {
    {ENOENT, ErrorCode::kNotFound, "check the path"},
    {ENOTDIR, ErrorCode::kNotFound, "check the path"},
    {EACCES, ErrorCode::kIo, "check the permissions of the file and its folders"},
    {EPERM, ErrorCode::kIo, "check the permissions of the file and its folders"},
    {EROFS, ErrorCode::kIo, "choose a place that can be written to"},
    {ELOOP, ErrorCode::kIo, "name the file itself, not a symbolic link to it"},
    {ENOSPC, ErrorCode::kNoSpace, "free some disk space"},
    {EDQUOT, ErrorCode::kNoSpace, "free some disk space, or raise the quota"},
    {EFBIG, ErrorCode::kNoSpace, "raise the limit for the size of files (ulimit -f)"},
    {EMFILE, ErrorCode::kResourceLimit, "raise the limit for open files (ulimit -n)"},
    {ENFILE, ErrorCode::kResourceLimit, "the system has too many open files"},
    {ENOMEM, ErrorCode::kResourceLimit, "free some memory, or raise its limit (ulimit -v)"},
};

}  // namespace

std::unexpected<Error> system_error(int number, std::string_view action) {
  Remedy remedy = {number, ErrorCode::kIo, ""};
  for (const Remedy& known : kRemedies) {
    if (known.number == number) remedy = known;
  }
  return fail_hint(remedy.code, remedy.hint, "cannot {}: {}", action, std::strerror(number));
}

}  // namespace hearth
