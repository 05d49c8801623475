#include "base/entropy.h"

#include <unistd.h>

#include "base/check.h"

namespace hearth {

uint64_t random_bits() {
  uint64_t bits = 0;
  CHECK(::getentropy(&bits, sizeof(bits)) == 0);
  return bits;
}

}  // namespace hearth
