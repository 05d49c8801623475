#include "text/jinja/value/containers.h"

#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "text/unicode/utf8.h"

namespace hearth::jinja {

namespace {

constexpr size_t kPointsPerEntry = 64;
constexpr size_t kFewEntries = 8;

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return uint8_t(c) < 128; });
}

}  // namespace

void StringObject::build_index() const {
  indexed_ = true;
  const std::string_view text = text_.view();
  if (is_ascii(text)) {
    num_points_ = text.size();
    return;
  }
  for (size_t offset = 0; offset < text.size(); ++num_points_) {
    if (num_points_ % kPointsPerEntry == 0) offsets_.push_back(offset);
    offset += next_utf8(text.substr(offset)).size;
  }
}

size_t StringObject::num_points() const {
  if (!indexed_) build_index();
  return num_points_;
}

size_t StringObject::offset_of_point(size_t index) const {
  if (index >= num_points()) return text_.size();
  if (offsets_.empty()) return index;
  size_t offset = offsets_[index / kPointsPerEntry];
  for (size_t i = index % kPointsPerEntry; i > 0; --i) offset += next_utf8(text_.view().substr(offset)).size;
  return offset;
}

namespace {

/// Keys of different ranks are never equal.
int key_rank(const Value& key) {
  switch (key.type()) {
    case Type::kString:
      return 0;
    case Type::kBool:
    case Type::kInt:
    case Type::kFloat:
      return 1;
    case Type::kNone:
      return 2;
    case Type::kUndefined:
      return 3;
    case Type::kTuple:
      return 4;
    default:
      return 5;
  }
}

int sign_of(auto a, auto b) { return a < b ? -1 : a > b ? 1 : 0; }

int compare_numbers(const Value& a, const Value& b) {
  if (a.is_int() && b.is_int()) return sign_of(a.as_int(), b.as_int());
  const double x = a.as_double(), y = b.as_double();
  if (x != x || y != y) return sign_of(x != x, y != y);
  return sign_of(x, y);
}

int compare_text(std::string_view a, std::string_view b) { return sign_of(a.compare(b), 0); }

}  // namespace

int compare_keys(const Value& a, const Value& b) {
  const int rank = key_rank(a);
  if (rank != key_rank(b)) return sign_of(rank, key_rank(b));
  switch (rank) {
    case 0:
      return compare_text(a.text(), b.text());
    case 1:
      return compare_numbers(a, b);
    case 4:
      break;
    case 5:
      return sign_of(a.object_or_null(), b.object_or_null());
    default:
      return 0;
  }
  const auto& left = a.sequence().items;
  const auto& right = b.sequence().items;
  if (left.size() != right.size()) return sign_of(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i) {
    if (const int order = compare_keys(left[i], right[i]); order != 0) return order;
  }
  return 0;
}

namespace {

Status check_hashable_at(const Value& key, int depth) {
  constexpr int kMaxDepth = 100;
  if (key.is(Type::kList) || key.is_dict()) {
    return fail(ErrorCode::kInvalidArgument, "unhashable type: '{}'", type_name(key));
  }
  if (!key.is(Type::kTuple)) return {};
  if (depth == kMaxDepth) return too_deep("a key is", kMaxDepth);
  for (const Value& item : key.sequence().items) TRY(check_hashable_at(item, depth + 1));
  return {};
}

}  // namespace

Status check_hashable(const Value& key) { return check_hashable_at(key, 0); }

namespace {

/// Indices of entries by key; equal keys by index.
void sort_by_key(const std::vector<Dict::Entry>& entries, std::vector<uint32_t>& indices) {
  std::ranges::sort(indices, [&](uint32_t a, uint32_t b) {
    const int order = compare_keys(entries[a].key, entries[b].key);
    return order != 0 ? order < 0 : a < b;
  });
}

}  // namespace

const std::vector<uint32_t>& Dict::order() const {
  if (order_.size() != entries_.size()) {
    order_.resize(entries_.size());
    std::iota(order_.begin(), order_.end(), 0u);
    sort_by_key(entries_, order_);
  }
  return order_;
}

template <typename Compare>
const Value* Dict::find_by(Compare compare) const {
  if (entries_.size() <= kFewEntries) {
    for (const Entry& entry : entries_) {
      if (compare(entry.key) == 0) return &entry.value;
    }
    return nullptr;
  }
  const auto& sorted = order();
  const auto at =
      std::ranges::partition_point(sorted, [&](uint32_t i) { return compare(entries_[i].key) < 0; });
  if (at == sorted.end() || compare(entries_[*at].key) != 0) return nullptr;
  return &entries_[*at].value;
}

const Value* Dict::find(const Value& key) const {
  return find_by([&](const Value& other) { return compare_keys(other, key); });
}

const Value* Dict::find(std::string_view key) const {
  return find_by(
      [&](const Value& other) { return key_rank(other) != 0 ? 1 : compare_text(other.text(), key); });
}

void Dict::set(Value key, Value value) {
  if (const Value* present = find(key)) {
    const_cast<Value&>(*present) = std::move(value);
    return;
  }
  const auto index = uint32_t(entries_.size());
  const bool ordered = index > kFewEntries;
  entries_.push_back({std::move(key), std::move(value)});
  if (!ordered) return;
  // find() has put the others in order.
  const auto at = std::ranges::partition_point(
      order_, [&](uint32_t i) { return compare_keys(entries_[i].key, entries_[index].key) < 0; });
  order_.insert(at, index);
}

void Dict::finish() {
  if (entries_.size() < 2) return;
  std::vector<uint32_t> sorted(entries_.size());
  std::iota(sorted.begin(), sorted.end(), 0u);
  sort_by_key(entries_, sorted);
  std::vector<bool> repeated(entries_.size());
  bool any = false;
  for (size_t i = 0, first = 0; i < sorted.size(); ++i) {
    if (i == 0 || compare_keys(entries_[sorted[first]].key, entries_[sorted[i]].key) != 0) {
      first = i;
      continue;
    }
    entries_[sorted[first]].value = std::move(entries_[sorted[i]].value);
    repeated[sorted[i]] = any = true;
  }
  if (!any) return;
  size_t kept = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (repeated[i]) continue;
    if (kept != i) entries_[kept] = std::move(entries_[i]);
    ++kept;
  }
  entries_.resize(kept);
  order_.clear();
}

void Dict::clear() {
  // Moved out first: what is freed must not find this dict half cleared.
  const std::vector<Entry> old = std::move(entries_);
  entries_.clear();
  order_.clear();
}

RangeObject::RangeObject(int64_t from, int64_t to, int64_t by, Origin numbers)
    : Object(Type::kRange), start(from), stop(to), step(by), origin(numbers), length(0) {
  const Wide distance = by > 0 ? Wide(to) - from : Wide(from) - to;
  const Wide stride = by > 0 ? Wide(by) : -Wide(by);
  if (distance > 0) {
    const Wide count = (distance + stride - 1) / stride;
    length = count > INT64_MAX ? INT64_MAX : int64_t(count);
  }
}

std::string UndefinedObject::message() const {
  switch (kind) {
    case Kind::kName:
      return fmt::format("'{}' is undefined", name);
    case Kind::kAttribute:
      return fmt::format("'{} object' has no attribute '{}'", type_name(holder), name);
    case Kind::kElement:
      return fmt::format("{} object has no element {}", type_name(holder), name);
    case Kind::kUnsafe:
      return fmt::format("access to attribute '{}' of '{}' object is unsafe", name, type_name(holder));
    case Kind::kHint:
      return name;
  }
  return name;
}

std::string_view type_name(Type type) {
  static constexpr std::array<std::string_view, 19> kNames = {
      "NoneType",  "bool",     "int",   "float",       "Undefined", "str",
      "list",      "tuple",    "dict",  "dict_view",   "range",     "generator",
      "Namespace", "function", "Macro", "LoopContext", "Cycler",    "Joiner"};
  return kNames[size_t(type)];
}

std::string_view type_name(const Value& value) { return type_name(value.type()); }

}  // namespace hearth::jinja
