#include "cli/transfer/progress_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hearth::cli {
namespace {

constexpr std::chrono::seconds kWindow{5};
constexpr size_t kMinBar = 10, kMaxBar = 40;
constexpr int64_t kLongestShownS = 100 * 3600;

}  // namespace

std::string byte_text(uint64_t num_bytes) {
  constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  auto value = double(num_bytes);
  size_t unit = 0;
  // What would be rounded to 1000 is one of the next unit.
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  const int digits = unit == 0 ? 0 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, digits, kUnits[unit]);
}

std::string duration_text(std::chrono::seconds time) {
  const auto seconds = time.count();
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
}

void RateMeter::add(Time now, uint64_t completed) {
  if (!seen_.empty() && completed < seen_.back().second) seen_.clear();
  seen_.emplace_back(now, completed);
  while (seen_.size() > 2 && now - seen_[1].first > kWindow) seen_.pop_front();
}

double RateMeter::rate() const {
  if (seen_.size() < 2) return 0;
  const double time = std::chrono::duration<double>(seen_.back().first - seen_.front().first).count();
  return time > 0 ? double(seen_.back().second - seen_.front().second) / time : 0;
}

std::string progress_line(const TransferProgress& progress, double rate, size_t width) {
  if (progress.total == 0) return progress.status;
  const double part = std::min(1.0, double(progress.completed) / double(progress.total));
  const std::string left = fmt::format("{} {:3}% ", progress.status, int(part * 100));
  std::string right = fmt::format(" {}/{}", byte_text(progress.completed), byte_text(progress.total));
  if (rate > 0 && progress.completed < progress.total) {
    const double left_s = double(progress.total - progress.completed) / rate;
    right += fmt::format("  {}/s", byte_text(uint64_t(rate)));
    if (left_s < double(kLongestShownS)) right += "  " + duration_text(std::chrono::seconds(int64_t(left_s)));
  }
  const size_t taken = left.size() + right.size() + 2;
  if (width < taken + kMinBar) return (left + right).substr(0, width);
  const size_t bar = std::min(kMaxBar, width - taken);
  const auto done = size_t(part * double(bar));
  return fmt::format("{}[{}{}]{}", left, std::string(done, '#'), std::string(bar - done, ' '), right);
}

std::string progress_json(const TransferProgress& progress) {
  nlohmann::ordered_json json = {{"status", progress.status}};
  if (progress.digest) json["digest"] = progress.digest->text();
  if (progress.total > 0) {
    json["total"] = progress.total;
    json["completed"] = progress.completed;
  }
  return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace hearth::cli
