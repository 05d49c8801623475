#pragma once

#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "grammar/automaton.h"
#include "grammar/json/known_values.h"
#include "grammar/json/machine_state.h"
#include "grammar/json/string_lexer.h"
#include "grammar/satisfy/pools.h"
#include "grammar/satisfy/satisfier.h"
#include "grammar/schema/program.h"

namespace hearth::grammar {

/// Reads JSON texts that satisfy a schema. JSON needs no more than a stack of open values; each knows which
/// schemas are asked of it, and what has been read, as far as that matters. What it accepts is exact; a byte
/// is refused where no text can go on (Satisfier). Where that is doubted, a text that does is looked for.
class SchemaAutomaton final : public Automaton {
 public:
  static constexpr uint32_t kMaxDepth = 512;  ///< of objects and arrays in each other

  SchemaAutomaton(std::shared_ptr<const SchemaProgram> program, const JsonForm& form);

  StateId start() override { return start_; }
  StateId step(StateId state, uint8_t byte) override;
  bool accepts(StateId state) override;
  Loop loop(StateId state) override;
  bool walk(StateId state, TrieWalk& walk) override;
  Likeness like(StateId state) override;
  uint32_t alike_depth(StateId a, StateId b) override;
  const ByteGroups* groups(StateId state) override;
  void keep_only(std::span<StateId> states) override;
  size_t memory_size() const override;

 private:
  using Mode = MachineState::Mode;
  using Space = MachineState::Space;
  using Next = MachineState;  ///< Mode::kDead: none
  static constexpr uint64_t kMaxLength = UINT32_MAX - 2;

  class Keeper;

  struct KeyMemo {
    std::vector<Answer> listed;
    Answer other = Answer::kUnknown;
    /// By patterns that an unlisted key matches, as bits: a bit where it is allowed; none: not known.
    std::optional<uint32_t> matches;
  };

  Next step_from(const MachineState& state, uint8_t byte);
  Next step_space(const MachineState& state, uint8_t byte);
  bool takes_space(const MachineState& state) const;
  /// The space that a token's successor begins with.
  Space space_behind(uint8_t byte) const;

  // Texts that go on, looked for (example.cpp)
  enum class Example : uint8_t { kFound, kNone, kGivenUp };
  class ExampleSearch;
  bool is_doubtful(const MachineState& state);
  Example find_example(const MachineState& state);
  /// Keeps what values were seen to answer: any of them may stand for a value that is looked for.
  void learn_answers(GoalId goal, std::span<const uint8_t> answers);
  /// The state that stands for all that have an example where it has one.
  MachineState without_text(const MachineState& state);

  // What a text, a number or a key under way can become (scalar_ends.cpp)
  class EndSearch;
  /// A few that are short, and differ in what follows from them.
  using ScalarEnds = std::vector<MachineState>;
  ScalarEnds string_ends(const MachineState& state);
  ScalarEnds number_ends(const MachineState& state);
  ScalarEnds key_ends(const MachineState& state);
  /// How many texts there may be that the one under way must differ from.
  uint32_t num_remembered(const MachineState& state);
  /// Where a text stands inside of a code point: behind some that it can become.
  ScalarEnds whole_code_points(const MachineState& state);

  // Values (value_steps.cpp)
  Next begin_value(FrameId frame, uint8_t byte);
  Next begin_container(FrameId frame, JsonType type);
  static std::string_view literal(uint32_t which);
  Next step_literal(const MachineState& state, uint8_t byte);
  Next end_literal(FrameId frame, JsonType type);
  bool literal_is_alive(const MachineState& state);
  Next step_number(const MachineState& state, uint8_t byte);
  Next end_number(const MachineState& state);
  Next step_string_value(const MachineState& state, uint8_t byte);
  /// Inside of a code point, where that leads to one state whatever it becomes; null: it does not.
  std::optional<Next> step_string_part(const MachineState& state, StringPlace place);
  std::optional<Next> step_key_part(const MachineState& state, StringPlace place);
  bool string_is_alive(const MachineState& state);
  bool string_may_become(const MachineState& state, const PossibleCodePoints& possible);
  /// The language that alone decides how the string may go on, where its states are made as they are met.
  std::optional<TextProduct::MadePart> sole_language(const MachineState& state);
  MachineState with_code_point(const MachineState& state, char32_t code_point);
  /// By how many code points a string may grow that change nothing but its length.
  uint32_t count_alive(const MachineState& state, uint64_t max_length);

  // Through a vocabulary (trie_steps.cpp)
  /// What a text that is remembered may go on with, with no other change than that; nothing else is said.
  Loop remembered_loop(const MachineState& state);
  bool walk_made(const MachineState& state, TrieWalk& walk);

  // Items that must be unique (fresh_values.cpp)
  bool wants_fresh(const Frame& frame) const;
  /// Whether a value, or one of that type, or the text under way, can become an item that is not there.
  bool fresh_exists(FrameId frame);
  bool fresh_exists(FrameId frame, JsonType type);
  bool can_become_fresh(const MachineState& state);
  bool text_can_be_fresh(const MachineState& state, const std::vector<std::vector<char32_t>>& rests);
  bool number_can_be_fresh(const MachineState& state, std::span<const uint32_t> items);
  /// The values that what comes or is under way would have to be equal to, for some item to be there twice.
  std::vector<uint32_t> values_alike(const MachineState& state);
  /// Whether that may yet happen, and with every text that goes on.
  bool may_repeat(const MachineState& state);
  /// Whether the value under way, as it stands, is wanted and differs from these.
  bool differs(const MachineState& state, std::span<const uint32_t> values);

  // Objects and arrays (container_steps.cpp)
  Next end_value(FrameId frame, std::span<const uint8_t> answers, uint32_t value);
  Next end_container(FrameId frame);
  Next begin_item(FrameId frame);
  Next step_opened(const MachineState& state, uint8_t byte);
  Next step_behind(const MachineState& state, uint8_t byte);
  FrameId with_facts(Frame frame, const Facts& facts);

  // Keys (key_steps.cpp)
  Next begin_key(FrameId frame);
  Next step_key(const MachineState& state, uint8_t byte);
  Next end_key(const MachineState& state);
  MachineState with_key_code_point(const MachineState& state, char32_t code_point);
  bool key_is_alive(const MachineState& state);
  bool key_may_become(const MachineState& state, CodePointSpan span);
  KeyMemo& key_memo(FrameId frame);
  bool listed_is_allowed(FrameId frame, uint32_t key);
  bool other_is_allowed(const MachineState& state);
  bool search_other(const MachineState& state);
  bool other_may_end(const MachineState& state);
  /// Whether an unlisted key may not come twice, and there may be few that begin so.
  bool keys_may_run_out(const MachineState& state);
  /// What a key makes of the facts, and what is then wanted of its value.
  struct OpenedKey {
    Facts facts;
    RouteId route = kNoRoute;
    GoalId goal = kNoGoal;
  };
  std::optional<OpenedKey> open_key(const Frame& frame, uint32_t key, const MachineState* other);
  std::optional<OpenedKey> open_key(const Frame& frame, uint32_t key, std::span<const uint32_t> patterns,
                                    OpenedKey opened);
  static constexpr uint32_t kMaxMatched = 4;  // with more patterns, their combinations are not tried
  uint32_t allowed_matches(FrameId frame);
  bool key_goes_on_always(const MachineState& state);
  static std::vector<uint8_t> answers_of(const OpenedKey& opened);
  /// What the keys that begin so go on with.
  std::vector<char32_t> next_code_points(const Shape& shape, uint32_t node);
  uint32_t root_node(const Shape& shape);
  uint32_t step_node(const Shape& shape, uint32_t node, char32_t code_point);
  uint32_t node_key(const Shape& shape, uint32_t node) const;

  // What masks are made of (key_steps.cpp, string_hints.cpp)
  /// Whether a state remembers the text so far.
  bool remembers(const MachineState& state) const;
  /// Whether a string, or a key, is alive whatever it goes on with.
  bool goes_on_always(const MachineState& state);
  Loop text_loop(const MachineState& state);
  Likeness like_other_key(const MachineState& state);
  Likeness like_forgotten(const MachineState& state);

  const Shape& shape_of(const Frame& frame) const {
    return satisfier_.shape(satisfier_.plan(frame.plan).shape);
  }
  Facts facts_of(const Frame& frame) const { return {shape_of(frame), facts_.at(frame.facts)}; }
  const Shape& child_shape(const Frame& frame, JsonType type) {
    return satisfier_.shape(satisfier_.plan(satisfier_.plan(frame.goal, type)).shape);
  }
  void add_start();

  std::shared_ptr<const SchemaProgram> program_;
  JsonForm form_;
  Satisfier satisfier_;
  RecordPool<MachineState> states_;
  RecordPool<Frame> frames_;
  ListPool facts_;
  ListPool nodes_;  ///< of keys: first, behind the last, bytes in common
  KnownValues known_;
  std::unordered_map<FrameId, KeyMemo> key_memos_;
  ListPool other_questions_;
  std::vector<Answer> other_answers_;
  std::unordered_map<StateId, Example> examples_;
  std::unordered_map<GoalId, std::vector<std::vector<uint8_t>>> learned_answers_;
  std::vector<uint32_t> list_;
  std::vector<uint8_t> answers_;
  StateId start_ = kDeadState;
  bool doubts_start_ = false;
};

}  // namespace hearth::grammar
