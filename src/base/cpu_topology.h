#pragma once

#include <string>
#include <vector>

namespace hearth {

/// Processors this process may use, hardware threads counted each: the affinity mask, cut by a container's
/// CPU quota; at least 1.
int available_cores();

/// How many threads of arithmetic this process has room for: its fast cores, cut by a container's CPU quota;
/// at least 1.
int default_threads();

/// The processors that such threads may be pinned to, one for each fast core.
std::vector<int> thread_processors();

/// Keeps this thread on a processor; where the system refuses, it stays free.
void pin_this_thread(int processor);

/// Of the processors `allowed`, in order, the first hardware thread of each core; and where cores are of two
/// kinds, the fast kind alone, if any of it is allowed. `devices` is Linux's /sys/devices: cores' siblings,
/// Intel's list of performance cores, Arm's capacities. What it does not tell is taken to be alike.
std::vector<int> fast_cores(const std::vector<int>& allowed, const std::string& devices = "/sys/devices");

}  // namespace hearth
