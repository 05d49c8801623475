#include "engine/sample/stop_matcher.h"

#include <algorithm>
#include <utility>

namespace hearth {
namespace {

std::vector<size_t> borders(std::string_view text) {
  std::vector<size_t> border(text.size() + 1, 0);
  for (size_t i = 1, length = 0; i < text.size(); ++i) {
    while (length > 0 && text[i] != text[length]) length = border[length];
    if (text[i] == text[length]) ++length;
    border[i + 1] = length;
  }
  return border;
}

}  // namespace

StopMatcher::StopMatcher(std::vector<std::string> stops) {
  for (std::string& stop : stops) {
    if (stop.empty()) continue;
    std::vector<size_t> fallback = borders(stop);
    patterns_.push_back({.text = std::move(stop), .fallback = std::move(fallback)});
  }
}

std::string StopMatcher::push(std::string_view text) {
  if (stopped()) return {};
  for (char byte : text) {
    held_.push_back(byte);
    for (size_t i = 0; i < patterns_.size(); ++i) {
      Pattern& pattern = patterns_[i];
      while (pattern.matched > 0 && pattern.text[pattern.matched] != byte) {
        pattern.matched = pattern.fallback[pattern.matched];
      }
      if (pattern.text[pattern.matched] == byte) ++pattern.matched;
      const bool complete = pattern.matched == pattern.text.size();
      if (complete && (found_ == kNone || pattern.text.size() > patterns_[found_].text.size())) found_ = i;
    }
    if (stopped()) {
      held_.resize(held_.size() - patterns_[found_].text.size());
      return std::exchange(held_, {});
    }
  }
  size_t waiting = 0;
  for (const Pattern& pattern : patterns_) waiting = std::max(waiting, pattern.matched);
  std::string certain = held_.substr(0, held_.size() - waiting);
  held_.erase(0, certain.size());
  return certain;
}

std::string StopMatcher::flush() { return stopped() ? std::string() : std::exchange(held_, {}); }

}  // namespace hearth
