#include "base/cpu_topology.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>

#include <sched.h>

namespace hearth {

namespace {

/// A core below this share of the fastest one's capacity is of the slow kind.
constexpr double kFastShare = 2.0 / 3.0;

/// Cores' worth of time that a cgroup allows (v2 `cpu.max`: "quota period"), or infinity.
double cgroup_quota() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return INFINITY;
  return std::strtod(quota.c_str(), nullptr) / period;
}

int cut_by_quota(size_t cores) {
  const double quota = cgroup_quota();
  const int count = quota < double(cores) ? int(std::ceil(quota)) : int(cores);
  return std::max(1, count);
}

/// What the process began with: a thread that is pinned later has a mask of its own.
std::vector<int> first_affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

const std::vector<int>& affinity() {
  static const std::vector<int> kProcessors = first_affinity();
  return kProcessors;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// Whether a list such as "0-3,8" names the processor; nothing where it is no such list.
std::optional<bool> names(std::string_view list, int cpu) {
  bool found = false;
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(part.size() + 1, list.size()));
    const size_t dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    found |= *first <= cpu && cpu <= *last;
  }
  return found;
}

/// Those of the fast kind, or all of them.
std::vector<int> of_fast_kind(const std::vector<int>& cpus, const std::string& devices) {
  const std::string performance = first_line(devices + "/cpu_core/cpus");
  std::vector<int> capacities;
  for (const int cpu : cpus) {
    const auto path = devices + "/system/cpu/cpu" + std::to_string(cpu) + "/cpu_capacity";
    capacities.push_back(number(first_line(path)).value_or(0));
  }
  const int highest = cpus.empty() ? 0 : *std::ranges::max_element(capacities);
  std::vector<int> fast;
  for (size_t i = 0; i < cpus.size(); ++i) {
    const bool listed = performance.empty() || names(performance, cpus[i]).value_or(true);
    if (listed && capacities[i] >= kFastShare * highest) fast.push_back(cpus[i]);
  }
  return fast.empty() ? cpus : fast;
}

}  // namespace

std::vector<int> fast_cores(const std::vector<int>& allowed, const std::string& devices) {
  std::vector<int> cores;
  std::vector<std::string> seen;
  for (const int cpu : of_fast_kind(allowed, devices)) {
    const auto folder = devices + "/system/cpu/cpu" + std::to_string(cpu) + "/topology";
    const std::string siblings = first_line(folder + "/thread_siblings_list");
    if (!siblings.empty() && names(siblings, cpu) == true) {
      if (std::ranges::find(seen, siblings) != seen.end()) continue;
      seen.push_back(siblings);
    }
    cores.push_back(cpu);
  }
  return cores;
}

int available_cores() { return cut_by_quota(affinity().size()); }

std::vector<int> thread_processors() { return fast_cores(affinity()); }

void pin_this_thread(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  sched_setaffinity(0, sizeof set, &set);
}

int default_threads() { return cut_by_quota(fast_cores(affinity()).size()); }

}  // namespace hearth
