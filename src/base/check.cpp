#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace hearth::detail {

void check_failed(std::string_view condition, std::string_view file, int line) {
  std::fprintf(stderr, "hearth: internal check failed: %.*s (%.*s:%d)\n", int(condition.size()),
               condition.data(), int(file.size()), file.data(), line);
  std::abort();
}

}  // namespace hearth::detail
