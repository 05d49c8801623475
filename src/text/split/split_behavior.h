#pragma once

#include <vector>

#include "text/split/pre_tokenizer.h"

namespace hearth {

/// Takes the parts of a word in order, found or lying between what was found, and appends the words that a
/// behavior makes of them. One word, one thread.
class SplitParts {
 public:
  SplitParts(const PreTokenizerStep& step, std::vector<Word>& words)
      : behavior_(step.behavior), invert_(step.invert), words_(words), first_(words.size()) {}

  void add(uint32_t begin, uint32_t end, bool found) {
    if (begin == end) return;
    const bool match = found != invert_;
    const bool is_first = words_.size() == first_;
    switch (behavior_) {
      case SplitBehavior::kIsolated:
        words_.push_back({begin, end});
        break;
      case SplitBehavior::kRemoved:
        if (!match) words_.push_back({begin, end});
        break;
      case SplitBehavior::kMergedWithPrevious:
        append(begin, end, match && !previous_ && !is_first);
        break;
      case SplitBehavior::kMergedWithNext:
        // Of several that touch, the last goes with what follows.
        append(begin, end, !match && previous_ && !is_first);
        break;
      case SplitBehavior::kContiguous:
        append(begin, end, match == previous_ && !is_first);
        break;
    }
    previous_ = match;
  }

 private:
  void append(uint32_t begin, uint32_t end, bool joined) {
    if (joined) {
      words_.back().end = end;
    } else {
      words_.push_back({begin, end});
    }
  }

  SplitBehavior behavior_;
  bool invert_;
  std::vector<Word>& words_;
  size_t first_;
  bool previous_ = false;
};

}  // namespace hearth
