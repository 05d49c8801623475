#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "grammar/json/schema_automaton.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {

namespace {

constexpr size_t kMaxStates = 400;    // looked at for one text
constexpr size_t kMaxEnds = 24;       // for one text
constexpr uint32_t kMaxRepeats = 40;  // texts that differ in no more than what they say
constexpr char32_t kFirstLetter = 0x20, kLastLetter = 0x7E;

/// A code point of each class; and where texts must differ, letters.
void for_each_step(TextProduct& text, TextProduct::State state, bool letters,
                   FunctionRef<void(char32_t)> visit) {
  std::vector<char32_t> visited;
  const auto add = [&](char32_t code_point) {
    if (letters) visited.push_back(code_point);
    visit(code_point);
    return false;
  };
  for (const CodePointSpan span : {CodePointSpan{0, 0xD7FF}, CodePointSpan{0xE000, kMaxCodePoint}})
    text.visit_classes(state, span, add);
  for (char32_t letter = kFirstLetter; letters && letter <= kLastLetter; ++letter)
    if (std::ranges::find(visited, letter) == visited.end()) visit(letter);
}

}  // namespace

/// Searches texts breadth first, those that are nearer to an end before others. Where texts are remembered,
/// several that are read alike are kept, as some may be there already.
class SchemaAutomaton::EndSearch {
 public:
  EndSearch(uint32_t num_repeats) : num_repeats_(std::min(num_repeats, kMaxRepeats)) {}

  bool is_full() const { return num_states_ >= kMaxStates || by_repeat_.size() >= kMaxEnds; }
  bool is_empty() const { return queue_.empty(); }
  MachineState take() {
    const auto first = queue_.begin();
    const MachineState state = first->second;
    queue_.erase(first);
    return state;
  }
  /// Whether one that is read so is wanted once more, whatever its text.
  bool wants(MachineState read) {
    read.known = 0;
    return !is_full() && read_[read.hash()]++ <= num_repeats_;
  }
  /// `rest`: how much is missing until it can end.
  void add(const MachineState& state, uint64_t rest) {
    ++num_states_;
    queue_.emplace(std::pair(rest, num_states_), state);
  }
  /// Takes an end from which the same follows as from those that were taken, only so often.
  void add_end(const MachineState& state, std::vector<uint8_t> answers) {
    const uint32_t repeat = answers_[std::move(answers)]++;
    if (repeat <= num_repeats_) by_repeat_.emplace(repeat, state);
  }
  ScalarEnds finish() const {
    ScalarEnds ends;
    for (const auto& [repeat, state] : by_repeat_) ends.push_back(state);
    return ends;
  }

 private:
  uint32_t num_repeats_;
  size_t num_states_ = 0;
  std::multimap<std::pair<uint64_t, size_t>, MachineState> queue_;
  std::map<uint64_t, uint32_t> read_;
  std::map<std::vector<uint8_t>, uint32_t> answers_;
  std::multimap<uint32_t, MachineState> by_repeat_;  ///< what differs most first
};

/// What follows from a key.
std::vector<uint8_t> SchemaAutomaton::answers_of(const OpenedKey& opened) {
  std::vector<uint8_t> bytes;
  const auto add = [&](uint32_t number) {
    for (uint32_t shift = 0; shift < 32; shift += 8) bytes.push_back(uint8_t(number >> shift));
  };
  add(opened.route);
  add(opened.goal);
  for (const uint32_t word : opened.facts.failed) add(word);
  return bytes;
}

uint32_t SchemaAutomaton::num_remembered(const MachineState& state) {
  const Frame frame = frames_[state.frame];
  if (!frame.records() && !(state.mode == Mode::kKey && frame.is_strict())) return 0;
  if (state.frame == 0) return 0;
  return uint32_t(2 + facts_of(frame).others.size() + values_alike(state).size());
}

SchemaAutomaton::ScalarEnds SchemaAutomaton::whole_code_points(const MachineState& state) {
  const Frame frame = frames_[state.frame];
  ScalarEnds ends;
  const auto add = [&](char32_t code_point) {
    const bool is_key = state.mode == Mode::kKey;
    const MachineState next =
        is_key ? with_key_code_point(state, code_point) : with_code_point(state, code_point);
    if (is_key ? key_is_alive(next) : string_is_alive(next) && can_become_fresh(next)) ends.push_back(next);
    return ends.size() >= kMaxEnds;
  };
  for (const CodePointSpan span :
       possible_code_points(StringPlace::unpacked(state.place), form_.escapes).spans) {
    if (span.empty()) continue;
    if (state.mode == Mode::kString) {
      child_shape(frame, kString).text->visit_classes(state.text, span, add);
      continue;
    }
    const ShapeId shape_id = satisfier_.plan(frame.plan).shape;
    const Shape& shape = satisfier_.shape(shape_id);
    for (const char32_t code_point : next_code_points(shape, state.node))
      if (code_point >= span.first && code_point <= span.last) add(code_point);
    shape.text->visit_classes(state.text, span, add);
    if (const Satisfier::Names* const names = satisfier_.names(shape_id))
      satisfier_.shape(names->shape).text->visit_classes(state.names, span, add);
  }
  return ends;
}

SchemaAutomaton::ScalarEnds SchemaAutomaton::string_ends(const MachineState& first) {
  const Frame frame = frames_[first.frame];
  const PlanId plan = satisfier_.plan(frame.goal, kString);
  const Shape& shape = child_shape(frame, kString);
  EndSearch search(num_remembered(first));
  search.add(first, 0);
  while (!search.is_empty() && !search.is_full()) {
    const MachineState state = search.take();
    if (satisfier_.is_wanted_text(plan, state.text, state.length)) {
      std::vector<uint8_t> answers;
      satisfier_.answer_text(shape, state.text, state.length, answers);
      search.add_end(state, std::move(answers));
    }
    MachineState forgotten = state;
    forgotten.known = KnownValues::kForgottenText;
    for_each_step(*shape.text, state.text, frame.records(), [&](char32_t code_point) {
      const MachineState read = with_code_point(forgotten, code_point);
      if (string_is_alive(read) && search.wants(read))
        search.add(with_code_point(state, code_point), satisfier_.least_text_rest(plan, read.text));
    });
  }
  return search.finish();
}

SchemaAutomaton::ScalarEnds SchemaAutomaton::number_ends(const MachineState& first) {
  const Frame frame = frames_[first.frame];
  const PlanId plan = satisfier_.plan(frame.goal, kNumber);
  const Shape& shape = child_shape(frame, kNumber);
  EndSearch search(num_remembered(first));
  search.add(first, 0);
  while (!search.is_empty() && !search.is_full()) {
    const MachineState state = search.take();
    if (satisfier_.is_wanted_number(plan, state.text)) {
      std::vector<uint8_t> answers;
      satisfier_.answer_number(shape, state.text, answers);
      search.add_end(state, std::move(answers));
    }
    for (const char byte : std::string_view("0123456789-.")) {
      MachineState next = state;
      next.text = shape.numbers->step(state.text, uint8_t(byte));
      if (next.text == NumberProduct::kNoState || !satisfier_.can_complete_number(plan, next.text)) continue;
      if (!search.wants(next)) continue;
      if (frame.records()) next.known = known_.append(state.known, char32_t(byte));
      search.add(next, satisfier_.least_number_rest(plan, next.text));
    }
  }
  return search.finish();
}

SchemaAutomaton::ScalarEnds SchemaAutomaton::key_ends(const MachineState& first) {
  const Frame frame = frames_[first.frame];
  const ShapeId shape_id = satisfier_.plan(frame.plan).shape;
  const Shape& shape = satisfier_.shape(shape_id);
  ScalarEnds ends;
  const uint32_t begin = nodes_.at(first.node)[0], end = nodes_.at(first.node)[1],
                 depth = nodes_.at(first.node)[2];
  for (uint32_t key = begin; key < end; ++key) {
    if (!listed_is_allowed(first.frame, key)) continue;
    MachineState state = first;
    for (std::string_view rest = shape.keys[key].text.substr(depth); !rest.empty();) {
      const auto [code_point, size] = next_utf8(rest);
      state = with_key_code_point(state, code_point);
      rest.remove_prefix(size);
    }
    ends.push_back(state);
  }
  const auto is_named = [&](const MachineState& state) {  // where some schema requires keys
    return std::ranges::any_of(shape.atoms, [&](const Atom& atom) {
      return atom.type == Atom::Type::kSeen && atom.index == node_key(shape, state.node);
    });
  };
  std::ranges::partition(ends, is_named);
  const Satisfier::Names* const names = satisfier_.names(shape_id);
  TextProduct& text =
      names == nullptr || shape.num_patterns > 0 ? *shape.text : *satisfier_.shape(names->shape).text;
  const uint32_t num_repeats = num_remembered(first);
  EndSearch search(num_repeats);
  search.add(first, 0);
  while (!search.is_empty() && !search.is_full()) {
    const MachineState state = search.take();
    if (node_key(shape, state.node) == kNoKey) {
      if (const auto opened = open_key(frame, kNoKey, &state)) search.add_end(state, answers_of(*opened));
    }
    MachineState forgotten = state;
    forgotten.known = KnownValues::kForgottenText;
    const auto add = [&](char32_t code_point) {
      const MachineState read = with_key_code_point(forgotten, code_point);
      if (search.wants(read) && key_is_alive(read)) search.add(with_key_code_point(state, code_point), 0);
    };
    for_each_step(text, names == nullptr || shape.num_patterns > 0 ? state.text : state.names,
                  num_repeats > 0 || names != nullptr, add);
  }
  const ScalarEnds others = search.finish();
  ends.insert(ends.end(), others.begin(), others.end());
  return ends;
}

}  // namespace hearth::grammar
