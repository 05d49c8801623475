#include <algorithm>

#include "grammar/json/schema_automaton.h"
#include "grammar/json/string_lexer.h"
#include "text/unicode/utf8.h"

namespace hearth::grammar {

namespace {

constexpr size_t kMaxOtherStates = 2000;  // looked at for one key

}  // namespace

uint32_t SchemaAutomaton::root_node(const Shape& shape) {
  return nodes_.intern({{0, uint32_t(shape.keys.size()), 0}});
}

uint32_t SchemaAutomaton::step_node(const Shape& shape, uint32_t node, char32_t code_point) {
  const std::span<const uint32_t> range = nodes_.at(node);
  uint32_t first = range[0], last = range[1];
  const uint32_t depth = range[2];
  if (first == last) return node;
  std::string bytes;
  append_utf8(bytes, code_point);
  const auto keys = std::span(shape.keys).subspan(first, last - first);
  const auto part = [&](const ShapeKey& key) { return key.text.substr(depth, bytes.size()); };
  const auto found = std::ranges::equal_range(keys, std::string_view(bytes), {}, part);
  first += uint32_t(found.begin() - keys.begin());
  last = first + uint32_t(found.size());
  if (first == last) return nodes_.intern({{0, 0, 0}});
  return nodes_.intern({{first, last, depth + uint32_t(bytes.size())}});
}

uint32_t SchemaAutomaton::node_key(const Shape& shape, uint32_t node) const {
  const std::span<const uint32_t> range = nodes_.at(node);
  const bool ends = range[0] < range[1] && shape.keys[range[0]].text.size() == range[2];
  return ends ? range[0] : kNoKey;
}

SchemaAutomaton::Next SchemaAutomaton::begin_key(FrameId id) {
  const Frame frame = frames_[id];
  const ShapeId shape_id = satisfier_.plan(frame.plan).shape;
  const Shape& shape = satisfier_.shape(shape_id);
  MachineState next{.mode = Mode::kKey, .text = shape.text->start(), .node = root_node(shape), .frame = id};
  if (const Satisfier::Names* const names = satisfier_.names(shape_id))
    next.names = satisfier_.shape(names->shape).text->start();
  return key_is_alive(next) ? next : Next{};
}

MachineState SchemaAutomaton::with_key_code_point(const MachineState& state, char32_t code_point) {
  const Frame frame = frames_[state.frame];
  const ShapeId shape_id = satisfier_.plan(frame.plan).shape;
  const Shape& shape = satisfier_.shape(shape_id);
  MachineState next = state;
  next.place = 0;
  next.text = shape.text->step(state.text, code_point);
  next.node = step_node(shape, state.node, code_point);
  if (const Satisfier::Names* const names = satisfier_.names(shape_id)) {
    const Shape& name_shape = satisfier_.shape(names->shape);
    next.names = name_shape.text->step(state.names, code_point);
    if (next.length < std::min<uint64_t>(name_shape.max_length, kMaxLength)) ++next.length;
  }
  const bool recalls = frame.records() || frame.is_strict();
  if (recalls && state.known != KnownValues::kForgottenText)
    next.known = known_.append(state.known, code_point);
  return next;
}

SchemaAutomaton::Next SchemaAutomaton::step_key(const MachineState& state, uint8_t byte) {
  const StringStep step = step_string(StringPlace::unpacked(state.place), byte, form_.escapes);
  switch (step.type) {
    case StringStep::Type::kWrong:
      return {};
    case StringStep::Type::kCodePoint: {
      const MachineState next = with_key_code_point(state, step.code_point);
      return key_is_alive(next) ? next : Next{};
    }
    case StringStep::Type::kEnd:
      return end_key(state);
    case StringStep::Type::kInside:
      break;
  }
  if (auto part = step_key_part(state, step.place)) return *part;
  MachineState next = state;
  next.place = step.place.packed();
  for (const CodePointSpan span : possible_code_points(step.place, form_.escapes).spans)
    if (!span.empty() && key_may_become(state, span)) return next;
  return {};
}

std::optional<SchemaAutomaton::Next> SchemaAutomaton::step_key_part(const MachineState& state,
                                                                    StringPlace place) {
  MachineState next = state;
  if (StringPlace::unpacked(state.place).part == StringPlace::Part::kRest) {
    next.place = place.packed();
    return next;
  }
  if (place.part != StringPlace::Part::kUtf8 || remembers(state)) return std::nullopt;
  const CodePointSpan span = possible_code_points(place, form_.escapes).spans[0];
  if (span.empty()) return std::nullopt;
  const ShapeId shape_id = satisfier_.plan(frames_[state.frame].plan).shape;
  const Shape& shape = satisfier_.shape(shape_id);
  for (const char32_t code_point : next_code_points(shape, state.node))
    if (code_point >= span.first && code_point <= span.last) return std::nullopt;
  const auto text = shape.text->step_all(state.text, span);
  if (!text) return std::nullopt;
  next.text = *text;
  next.node = nodes_.intern({{0, 0, 0}});
  if (const Satisfier::Names* const names = satisfier_.names(shape_id)) {
    const Shape& name_shape = satisfier_.shape(names->shape);
    const auto stepped = name_shape.text->step_all(state.names, span);
    if (!stepped) return std::nullopt;
    next.names = *stepped;
    if (next.length < std::min<uint64_t>(name_shape.max_length, kMaxLength)) ++next.length;
  }
  if (!key_is_alive(next)) return Next{};
  next.place = rest_of(place).packed();
  return next;
}

bool SchemaAutomaton::key_may_become(const MachineState& state, CodePointSpan span) {
  const Frame frame = frames_[state.frame];
  const ShapeId shape_id = satisfier_.plan(frame.plan).shape;
  const Shape& shape = satisfier_.shape(shape_id);
  const auto is_alive = [&](char32_t code_point) {
    return key_is_alive(with_key_code_point(state, code_point));
  };
  for (const char32_t code_point : next_code_points(shape, state.node))
    if (code_point >= span.first && code_point <= span.last && is_alive(code_point)) return true;
  const Satisfier::Names* const names = satisfier_.names(shape_id);
  if (names == nullptr) return shape.text->visit_classes(state.text, span, is_alive);
  if (shape.num_patterns > 0) {  // their classes together are not known
    if (!satisfier_.shape(names->shape).text->goes_on_endlessly(state.names)) satisfier_.doubt();
    return true;
  }
  return satisfier_.shape(names->shape).text->visit_classes(state.names, span, is_alive);
}

bool SchemaAutomaton::key_is_alive(const MachineState& state) {
  const uint32_t first = nodes_.at(state.node)[0], last = nodes_.at(state.node)[1];
  const bool doubted = satisfier_.exchange_doubts(false);
  bool may_be = false;
  for (uint32_t key = first; key < last; ++key) {
    if (!listed_is_allowed(state.frame, key)) continue;
    may_be = true;
    if (!satisfier_.exchange_doubts(false)) {
      satisfier_.exchange_doubts(doubted);
      return true;
    }
  }
  const bool other = other_is_allowed(state);
  const bool doubts = other ? satisfier_.doubts() : may_be;
  satisfier_.exchange_doubts(doubted || doubts);
  return may_be || other;
}

SchemaAutomaton::KeyMemo& SchemaAutomaton::key_memo(FrameId id) {
  const auto [entry, is_new] = key_memos_.try_emplace(id);
  KeyMemo& memo = entry->second;
  if (!is_new) return memo;
  const Frame frame = frames_[id];
  memo.listed.resize(shape_of(frame).keys.size(), Answer::kUnknown);
  satisfier_.allowed_keys(frame.plan, facts_of(frame), memo.listed, memo.other);
  return memo;
}

bool SchemaAutomaton::listed_is_allowed(FrameId id, uint32_t key) {
  return satisfier_.remember(key_memo(id).listed[key],
                             [&] { return open_key(frames_[id], key, nullptr).has_value(); });
}

std::optional<SchemaAutomaton::OpenedKey> SchemaAutomaton::open_key(const Frame& frame, uint32_t key,
                                                                    const MachineState* other) {
  const ShapeId shape_id = satisfier_.plan(frame.plan).shape;
  const Shape& shape = satisfier_.shape(shape_id);
  OpenedKey opened{facts_of(frame)};
  if (key != kNoKey) {
    if (has_bit(opened.facts.seen, key)) return std::nullopt;
    const Satisfier::KeyTraits& traits = satisfier_.key_traits(shape_id, key);
    const std::vector<uint32_t> patterns = traits.patterns;
    for (size_t i = 0; i < opened.facts.failed.size(); ++i) opened.facts.failed[i] |= traits.failed[i];
    set_bit(opened.facts.seen, key);
    return open_key(frame, key, patterns, std::move(opened));
  }
  std::vector<uint32_t> patterns;
  for (uint32_t i = 0; i < shape.num_patterns; ++i)
    if (shape.text->accepts(other->text, i)) patterns.push_back(i);
  if (const Satisfier::Names* const names = satisfier_.names(shape_id))
    satisfier_.fail_names(*names, other->names, other->length, opened.facts.failed);
  return open_key(frame, key, patterns, std::move(opened));
}

std::optional<SchemaAutomaton::OpenedKey> SchemaAutomaton::open_key(const Frame& frame, uint32_t key,
                                                                    std::span<const uint32_t> patterns,
                                                                    OpenedKey opened) {
  const ShapeId shape_id = satisfier_.plan(frame.plan).shape;
  const Shape& shape = satisfier_.shape(shape_id);
  const uint32_t order = key == kNoKey ? ShapeKey::kUnlisted : shape.keys[key].order;
  Facts& facts = opened.facts;
  if (satisfier_.is_ordered()) {
    if (order < facts.order) return std::nullopt;
    facts.order = order == ShapeKey::kUnlisted ? shape.num_listed : order + 1;
  }
  facts.add_count(shape);
  opened.route = satisfier_.routes().of_key(shape_id, key, patterns, facts.failed);
  opened.goal = satisfier_.open(frame.plan, facts, opened.route);
  if (opened.goal == kNoGoal) return std::nullopt;
  return opened;
}

uint32_t SchemaAutomaton::allowed_matches(FrameId id) {
  KeyMemo& memo = key_memo(id);
  if (memo.matches) return *memo.matches;
  const Frame frame = frames_[id];
  const ShapeId shape_id = satisfier_.plan(frame.plan).shape;
  const uint32_t num_patterns = satisfier_.shape(shape_id).num_patterns;
  uint32_t matches = 0;
  const bool is_tried = num_patterns <= kMaxMatched && satisfier_.names(shape_id) == nullptr;
  for (uint32_t matched = 0; is_tried && matched < uint32_t(1) << num_patterns; ++matched) {
    std::vector<uint32_t> patterns;
    for (uint32_t i = 0; i < num_patterns; ++i)
      if ((matched >> i & 1) != 0) patterns.push_back(i);
    const bool doubted = satisfier_.exchange_doubts(frame.is_doubtful());
    const bool allowed = open_key(frame, kNoKey, patterns, {facts_of(frame)}).has_value();
    const bool doubts = satisfier_.exchange_doubts(doubted);
    // What is doubted is looked at key by key.
    if (allowed && !doubts) matches |= uint32_t(1) << matched;
  }
  if (!fuel().exhausted) memo.matches = matches;
  return matches;
}

bool SchemaAutomaton::key_goes_on_always(const MachineState& state) {
  const uint32_t allowed = allowed_matches(state.frame);
  if (allowed == 0) return false;
  const Shape& shape = shape_of(frames_[state.frame]);
  const auto are_allowed = [&](auto is_one) {
    for (uint32_t matched = 0; matched < uint32_t(1) << shape.num_patterns; ++matched)
      if (is_one(matched) && (allowed >> matched & 1) == 0) return false;
    return true;
  };
  if (are_allowed([](uint32_t) { return true; })) return true;
  // Some text that goes on matches a pattern that is matched sooner or later, whatever comes before.
  for (uint32_t i = 0; i < shape.num_patterns; ++i)
    if (shape.text->goes_on_always(state.text, i) &&
        are_allowed([&](uint32_t matched) { return (matched >> i & 1) != 0; }))
      return true;
  return false;
}

SchemaAutomaton::Next SchemaAutomaton::end_key(const MachineState& state) {
  Frame frame = frames_[state.frame];
  const uint32_t key = node_key(shape_of(frame), state.node);
  satisfier_.exchange_doubts(false);
  auto opened = open_key(frame, key, &state);
  if (!opened) return {};
  if (key == kNoKey && frame.is_strict() && state.known != KnownValues::kForgottenText) {
    auto& others = opened->facts.others;
    const auto place = std::ranges::lower_bound(others, state.known);
    if (place != others.end() && *place == state.known) return {};
    others.insert(place, state.known);
  }
  frame.route = opened->route;
  frame.goal = opened->goal;
  if (frame.records()) frame.key = state.known;
  return {.mode = Mode::kColon, .frame = with_facts(frame, opened->facts)};
}

bool SchemaAutomaton::other_is_allowed(const MachineState& state) {
  const ShapeId shape_id = satisfier_.plan(frames_[state.frame].plan).shape;
  if (satisfier_.shape(shape_id).num_patterns == 0 && satisfier_.names(shape_id) == nullptr) {
    return satisfier_.remember(key_memo(state.frame).other,
                               [&] { return open_key(frames_[state.frame], kNoKey, &state).has_value(); });
  }
  const uint32_t id =
      other_questions_.intern({{state.frame, state.text, state.names, state.length, state.node}});
  if (id == other_answers_.size()) other_answers_.push_back(Answer::kUnknown);
  Answer answer = other_answers_[id];
  const bool allowed = satisfier_.remember(answer, [&] { return search_other(state); });
  other_answers_[id] = answer;
  // It may be one that is there.
  if (allowed && keys_may_run_out(state)) satisfier_.doubt();
  return allowed;
}

bool SchemaAutomaton::keys_may_run_out(const MachineState& state) {
  const Frame frame = frames_[state.frame];
  if (!frame.is_strict() || facts_of(frame).others.empty()) return false;
  const ShapeId shape = satisfier_.plan(frame.plan).shape;
  const Satisfier::Names* const names = satisfier_.names(shape);
  if (names != nullptr) return !satisfier_.shape(names->shape).text->goes_on_endlessly(state.names);
  return satisfier_.shape(shape).num_patterns > 0 &&
         !satisfier_.shape(shape).text->goes_on_endlessly(state.text);
}

bool SchemaAutomaton::other_may_end(const MachineState& state) {
  const Frame frame = frames_[state.frame];
  return node_key(shape_of(frame), state.node) == kNoKey && open_key(frame, kNoKey, &state).has_value();
}

bool SchemaAutomaton::search_other(const MachineState& first) {
  const ShapeId shape_id = satisfier_.plan(frames_[first.frame].plan).shape;
  const Shape& shape = satisfier_.shape(shape_id);
  const Satisfier::Names* const names = satisfier_.names(shape_id);
  if (names != nullptr && shape.num_patterns > 0) {  // their classes together are not known
    if (!satisfier_.shape(names->shape).text->goes_on_endlessly(first.names)) satisfier_.doubt();
    return true;
  }
  TextProduct& text = names == nullptr ? *shape.text : *satisfier_.shape(names->shape).text;
  RecordPool<MachineState> met;
  MachineState start = first;
  start.place = start.known = 0;
  met.intern(start);
  for (uint32_t i = 0; i < met.size(); ++i) {
    const MachineState state = met[i];
    if (i > kMaxOtherStates) satisfier_.doubt();
    if (i > kMaxOtherStates || other_may_end(state)) return true;
    const auto add = [&](char32_t code_point) {
      MachineState next = with_key_code_point(state, code_point);
      next.known = 0;
      met.intern(next);
      return false;
    };
    // What the listed keys go on with, and of the rest a code point of each class.
    char32_t begin = 0;
    for (const char32_t code_point : next_code_points(shape, state.node)) {
      add(code_point);
      if (code_point > begin)
        text.visit_classes(names == nullptr ? state.text : state.names, {begin, code_point - 1}, add);
      begin = code_point + 1;
    }
    text.visit_classes(names == nullptr ? state.text : state.names, {begin, kMaxCodePoint}, add);
  }
  return false;
}

std::vector<char32_t> SchemaAutomaton::next_code_points(const Shape& shape, uint32_t node) {
  std::vector<char32_t> code_points;
  const uint32_t last = nodes_.at(node)[1], depth = nodes_.at(node)[2];
  for (uint32_t key = nodes_.at(node)[0]; key < last;) {
    const std::string_view rest = shape.keys[key].text.substr(depth);
    if (rest.empty()) {
      ++key;
      continue;
    }
    code_points.push_back(next_utf8(rest).code_point);
    key = nodes_.at(step_node(shape, node, code_points.back()))[1];
  }
  return code_points;  // sorted, as keys are by their UTF-8
}

Likeness SchemaAutomaton::like(StateId id) {
  const MachineState state = states_[id];
  if ((state.mode != Mode::kKey && state.mode != Mode::kString) || state.place != 0) return {};
  const Frame& frame = frames_[state.frame];
  const bool recalls = frame.records() || (state.mode == Mode::kKey && frame.is_strict());
  if (recalls && state.known != KnownValues::kForgottenText) return like_forgotten(state);
  return state.mode == Mode::kKey ? like_other_key(state) : Likeness{};
}

/// Apart from the listed keys, every key is like one that is none of them.
Likeness SchemaAutomaton::like_other_key(const MachineState& state) {
  const Shape& shape = shape_of(frames_[state.frame]);
  const std::span<const uint32_t> node = nodes_.at(state.node);
  const uint32_t first = node[0], last = node[1], depth = node[2];
  if (first == last) return {};
  MachineState other = state;
  other.node = nodes_.intern({{0, 0, 0}});
  if (!other_is_allowed(other)) return {};
  Likeness likeness;
  likeness.state = states_.intern(other);
  likeness.differs.set('\\');
  for (uint32_t key = first; key < last; ++key) {
    const std::string_view text = shape.keys[key].text;
    likeness.differs.set(text.size() > depth ? uint8_t(text[depth]) : uint8_t('"'));
  }
  return likeness;
}

/// A key or a string that may not come twice is like one whose text is forgotten, unless it can become one
/// that was there.
Likeness SchemaAutomaton::like_forgotten(const MachineState& state) {
  if (frames_[state.frame].is_doubtful()) return {};
  if (state.mode == Mode::kKey && keys_may_run_out(state)) return {};  // it hangs on the text which are left
  std::vector<uint32_t> texts;                                         // that were there
  for (FrameId at = state.frame; at != 0; at = frames_[at].parent) {
    const Frame& frame = frames_[at];
    if (at != state.frame && !frame.records()) break;
    const std::vector<uint32_t> others = facts_of(frame).others;
    if (shape_of(frame).type == kObject) {
      if (at == state.frame && state.mode == Mode::kKey) texts = others;
    } else if (at == state.frame && state.mode == Mode::kString) {
      for (const uint32_t value : others)
        if (const auto text = known_.text_of_string(value)) texts.push_back(*text);
    } else if (!others.empty()) {
      return {};  // what comes is a part of an item: whether that is equal to another cannot be told yet
    }
  }
  Likeness likeness;
  MachineState forgotten = state;
  forgotten.known = KnownValues::kForgottenText;
  likeness.state = states_.intern(forgotten);
  likeness.is_short = true;  // the text could come twice in one token
  const std::vector<char32_t> begun = known_.text(state.known);
  for (const uint32_t other : texts) {
    const std::vector<char32_t> text = known_.text(other);
    if (text.size() < begun.size() || !std::equal(begun.begin(), begun.end(), text.begin())) continue;
    std::string next = "\"";
    if (text.size() > begun.size()) {
      next.clear();
      append_utf8(next, text[begun.size()]);
      likeness.differs.set('\\');
    }
    likeness.differs.set(uint8_t(next[0]));
  }
  return likeness;
}

}  // namespace hearth::grammar
