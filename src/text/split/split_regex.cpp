#include "text/split/split_regex.h"

#include <algorithm>

#include "base/check.h"
#include "text/unicode/utf8.h"

namespace hearth {
namespace {

constexpr uint32_t kNoLoop = ~uint32_t(0);

/// Where the code point (or bad byte) that ends at `at` begins.
size_t step_back(std::string_view text, size_t at) {
  if (uint8_t(text[at - 1]) < 0x80) return at - 1;
  for (size_t size = 2; size <= 4 && size <= at; ++size) {
    const Utf8Step step = next_utf8(text.substr(at - size, size));
    if (step.size == size) return at - size;
  }
  return at - 1;
}

}  // namespace

/// One attempt to match. Backtracking is a stack of frames, never of calls; only lookahead calls itself, as
/// deep as the pattern nests it.
struct SplitRegex::Run {
  const SplitRegex& regex;
  std::string_view text;
  Scratch& scratch;

  size_t from(uint32_t pc, size_t at) {
    const size_t base = scratch.frames.size();
    size_t end = kNoMatch;
    while (scratch.steps_left != 0) {
      --scratch.steps_left;
      const Instruction& instruction = regex.program_[pc];
      if (instruction.op == Op::kAccept) {
        end = at;
        break;
      }
      if (step(instruction, pc, at)) continue;
      if (!backtrack(base, pc, at)) break;
    }
    scratch.frames.resize(base);
    return end;
  }

  /// Carries one instruction out; false where it does not match.
  bool step(const Instruction& instruction, uint32_t& pc, size_t& at) {
    switch (instruction.op) {
      case Op::kSet:
        if (!take(regex.sets_[instruction.a], at)) return false;
        ++pc;
        return true;
      case Op::kLoop:
        return loop(instruction, pc, at);
      case Op::kSplit:
        scratch.frames.push_back({instruction.b, kNoLoop, at, 0});
        pc = instruction.a;
        return true;
      case Op::kJump:
        pc = instruction.a;
        return true;
      case Op::kPeek: {
        size_t after = at;
        ++pc;
        return take(regex.sets_[instruction.a], after) != instruction.negated;
      }
      case Op::kLook: {
        const size_t end = from(pc + 1, at);
        pc = instruction.a;
        return (end != kNoMatch) != instruction.negated;
      }
      case Op::kAtomic: {
        const size_t end = from(pc + 1, at);
        if (end == kNoMatch) return false;
        at = end;
        pc = instruction.a;
        return true;
      }
      case Op::kEnd:
        ++pc;
        return at == text.size();
      case Op::kAccept:
        break;
    }
    CHECK(false);
  }

  bool take(const CharSet& set, size_t& at) const {
    if (at == text.size()) return false;
    const uint8_t byte = uint8_t(text[at]);
    if (byte < 0x80) {
      if (!set.contains(byte)) return false;
      ++at;
      return true;
    }
    const Utf8Step next = next_utf8(text.substr(at));
    if (!set.contains(next.code_point)) return false;
    at += next.size;
    return true;
  }

  bool loop(const Instruction& instruction, uint32_t& pc, size_t& at) {
    const CharSet& set = regex.sets_[instruction.a];
    const uint32_t wanted = instruction.mode == Mode::kLazy ? instruction.min : instruction.max;
    const size_t begin = at;
    size_t floor = instruction.min == 0 ? at : kNoMatch;
    uint32_t count = 0;
    while (count < wanted && take(set, at)) {
      if (++count == instruction.min) floor = at;
    }
    scratch.steps_left -= std::min<uint64_t>(scratch.steps_left, at - begin);
    if (count < instruction.min) return false;
    if (instruction.mode == Mode::kLazy && instruction.max > instruction.min) {
      scratch.frames.push_back({pc + 1, pc, at, instruction.max - instruction.min});
    } else if (instruction.mode == Mode::kGreedy && at > floor && regex.program_[pc + 1].op != Op::kAccept) {
      scratch.frames.push_back({pc + 1, pc, at, floor});
    }
    ++pc;
    return true;
  }

  /// Goes back to the last choice that is still open.
  bool backtrack(size_t base, uint32_t& pc, size_t& at) {
    while (scratch.frames.size() > base) {
      Scratch::Frame& frame = scratch.frames.back();
      pc = frame.pc;
      if (frame.loop == kNoLoop) {
        at = frame.at;
        scratch.frames.pop_back();
        return true;
      }
      const Instruction& instruction = regex.program_[frame.loop];
      if (instruction.mode == Mode::kLazy) {  // `floor` counts what may still be taken
        const bool taken = take(regex.sets_[instruction.a], frame.at);
        at = frame.at;
        if (!taken || --frame.floor == 0) scratch.frames.pop_back();
        if (taken) return true;
        continue;
      }
      at = frame.at = step_back(text, frame.at);
      if (frame.at == frame.floor) scratch.frames.pop_back();
      return true;
    }
    return false;
  }
};

size_t SplitRegex::match(std::string_view text, size_t at, Scratch& scratch) const {
  Run run{*this, text, scratch};
  for (const uint32_t start : starts_[uint8_t(text[at])]) {
    const size_t end = run.from(start, at);
    if (end != kNoMatch) return end;
  }
  return kNoMatch;
}

}  // namespace hearth
