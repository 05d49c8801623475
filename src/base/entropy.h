#pragma once

#include <cstdint>

namespace hearth {

/// 64 random bits from the system, at the price of a system call. (std::random_device asks the processor who
/// it is each time one is made, which takes tens of microseconds in a virtual machine.)
uint64_t random_bits();

}  // namespace hearth
