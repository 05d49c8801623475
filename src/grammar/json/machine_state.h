#pragma once

#include <cstdint>
#include <cstring>

#include "grammar/satisfy/routes.h"
#include "grammar/satisfy/satisfier.h"

namespace hearth::grammar {

/// A value whose text is under way, and the open objects and arrays around it, as a list from the inside
/// out.
using FrameId = uint32_t;

/// An open object or array; frame 0 stands for what is around the outermost value.
struct Frame {
  static constexpr uint32_t kRecords = 1;    ///< flag: the value must be known when it ends
  static constexpr uint32_t kStrict = 2;     ///< flag: unlisted keys may not come twice
  static constexpr uint32_t kRefutable = 4;  ///< flag: something may need that the value fails a schema
  static constexpr uint32_t kDoubtful = 8;  ///< flag: that it can be completed is doubted (Satisfier::doubts)

  FrameId parent = 0;
  PlanId plan = 0;
  uint32_t facts = 0;        ///< a list
  RouteId route = kNoRoute;  ///< of the value that comes or is under way; kNoRoute: none
  GoalId goal = kNoGoal;     ///< of that value
  uint32_t key = 0;          ///< its key's text, where that must be known
  uint32_t flags = 0;
  uint32_t depth = 0;

  bool records() const { return (flags & kRecords) != 0; }
  bool is_refutable() const { return (flags & kRefutable) != 0; }
  bool is_doubtful() const { return (flags & kDoubtful) != 0; }
  bool is_strict() const { return (flags & kStrict) != 0; }
  bool operator==(const Frame&) const = default;
  uint64_t hash() const {
    uint32_t words[8];
    std::memcpy(words, this, sizeof(words));
    return ListPool::hash(words);
  }
};
static_assert(sizeof(Frame) == 32);

/// Where a text stands. What a mode does not use is 0.
struct MachineState {
  enum class Mode : uint8_t {
    kDead,
    kValue,    ///< before a value, which the frame waits for
    kLiteral,  ///< inside of null, true or false: `text` counts its letters, `names` says which
    kNumber,
    kString,
    kKey,
    kOpened,  ///< behind { or [
    kColon,   ///< before a colon
    kNext,    ///< behind a comma of an object
    kBehind,  ///< behind a member or an item
    kDone,    ///< behind the outermost value
  };
  /// Whitespace read since the last token.
  enum class Space : uint8_t { kNone, kWanted, kCarriageReturn, kSome };

  Mode mode = Mode::kDead;
  Space space = Space::kNone;
  uint16_t blanks = 0;
  uint32_t place = 0;   ///< in a string: StringPlace
  uint32_t text = 0;    ///< state of the string's or the key's languages, or of the number
  uint32_t names = 0;   ///< state of what names are asked
  uint32_t node = 0;    ///< of a key: which keys begin so
  uint32_t known = 0;   ///< the text so far, where it must be known
  uint32_t length = 0;  ///< code points, up to where they stop to matter
  FrameId frame = 0;

  bool operator==(const MachineState&) const = default;
  uint64_t hash() const {
    uint32_t words[8];
    std::memcpy(words, this, sizeof(words));
    return ListPool::hash(words);
  }
};
static_assert(sizeof(MachineState) == 32);

}  // namespace hearth::grammar
