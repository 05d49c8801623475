#include "text/jinja/library/lazy_filters.h"

#include <set>
#include <utility>

#include "text/jinja/library/filters.h"
#include "text/jinja/library/getter.h"
#include "text/jinja/value/iterator.h"
#include "text/jinja/value/operators.h"

namespace hearth::jinja {

namespace {

using Item = std::optional<Value>;

/// A generator over the items of a source. Generators can be stacked: each is a level of the stack.
class LazyFilter : public IteratorObject {
 public:
  explicit LazyFilter(Value source) : source_(std::move(source)) {}

  Result<Item> next(Runtime& runtime) final {
    const StackScope scope(runtime);
    TRY(scope.check());
    TRY(runtime.spend(1));
    return produce(runtime);
  }

 protected:
  virtual Result<Item> produce(Runtime& runtime) = 0;

  const Value& source() const { return source_; }

  /// The next item of the source.
  Result<Item> pull(Runtime& runtime) {
    TRY(runtime.spend(1));
    if (!iterator_) iterator_ = TRY(iterate(runtime, source_));
    return iterator_->next(runtime);
  }

  /// The filters that take any value give nothing for a false one, whatever their arguments.
  Result<bool> is_empty(Runtime& runtime) {
    if (!empty_) empty_ = !TRY(truth(runtime, source_));
    return *empty_;
  }

 private:
  const Value source_;
  Ref<IteratorObject> iterator_;
  std::optional<bool> empty_;
};

/// A copy of the arguments from the `first` positional one on.
Args rest_of(const Args& args, size_t first) {
  Args rest;
  for (size_t i = first; i < args.positional.size(); ++i) rest.positional.push_back(args.positional[i]);
  rest.keywords = args.keywords;
  return rest;
}

Result<NativeFunction> named_function(const Value& name, NativeFunction (*find)(std::string_view),
                                      std::string_view kind) {
  const NativeFunction function = name.is_string() ? find(name.text()) : nullptr;
  if (function == nullptr) {
    return fail(ErrorCode::kUnsupported, "no {} named '{}'", kind,
                name.is_string() ? name.text() : "(no string)");
  }
  return function;
}

class MapFilter final : public LazyFilter {
 public:
  MapFilter(Value source, Args args) : LazyFilter(std::move(source)), args_(std::move(args)) {}

 private:
  Result<Item> produce(Runtime& runtime) override {
    if (TRY(is_empty(runtime))) return std::nullopt;
    if (!getter_ && filter_ == nullptr) TRY(prepare());
    const Item item = TRY(pull(runtime));
    if (!item) return std::nullopt;
    if (getter_) return TRY(getter_->get(runtime, *item));
    Args args = rest_of(args_, 1);
    return TRY(filter_(runtime, *item, args));
  }

  Status prepare() {
    std::optional<Value> attribute;
    if (args_.positional.empty()) attribute = args_.take("attribute");
    if (attribute) {
      std::optional<Value> otherwise = args_.take("default");
      if (otherwise && otherwise->is_none()) otherwise.reset();
      if (!args_.keywords.empty()) {
        return fail(ErrorCode::kInvalidArgument, "map: unexpected keyword argument '{}'",
                    args_.keywords[0].name);
      }
      getter_.emplace(&*attribute, false, std::move(otherwise));
      return {};
    }
    if (args_.positional.empty()) return fail(ErrorCode::kInvalidArgument, "map requires a filter argument");
    filter_ = TRY(named_function(args_.positional[0], find_filter, "filter"));
    return {};
  }

  Args args_;
  std::optional<AttributeGetter> getter_;
  NativeFunction filter_ = nullptr;
};

/// select, reject, selectattr, rejectattr.
class SelectFilter final : public LazyFilter {
 public:
  struct Mode {
    bool keeps = true;          ///< keeps what passes the test; else what does not
    bool by_attribute = false;  ///< the first argument names what is tested
  };

  SelectFilter(Value source, Args args, Mode mode)
      : LazyFilter(std::move(source)), args_(std::move(args)), mode_(mode) {}

 private:
  Result<Item> produce(Runtime& runtime) override {
    if (TRY(is_empty(runtime))) return std::nullopt;
    if (!prepared_) TRY(prepare());
    while (Item item = TRY(pull(runtime))) {
      const Value tested = TRY(getter_.get(runtime, *item));
      if (TRY(passes(runtime, tested)) == mode_.keeps) return item;
    }
    return std::nullopt;
  }

  Status prepare() {
    size_t at = 0;
    if (mode_.by_attribute) {
      if (args_.positional.empty())
        return fail(ErrorCode::kInvalidArgument, "missing parameter for attribute name");
      getter_ = AttributeGetter(&args_.positional[at++], false);
    }
    if (at < args_.positional.size()) test_ = TRY(named_function(args_.positional[at++], find_test, "test"));
    first_ = at;
    prepared_ = true;
    return {};
  }

  Result<bool> passes(Runtime& runtime, const Value& value) {
    if (test_ == nullptr) return truth(runtime, value);
    Args args = rest_of(args_, first_);
    return truth(runtime, TRY(test_(runtime, value, args)));
  }

  const Args args_;
  const Mode mode_;
  bool prepared_ = false;
  AttributeGetter getter_{nullptr, false};
  NativeFunction test_ = nullptr;
  size_t first_ = 0;  ///< of the test's own arguments
};

class UniqueFilter final : public LazyFilter {
 public:
  UniqueFilter(Value source, AttributeGetter getter)
      : LazyFilter(std::move(source)), getter_(std::move(getter)) {}

 private:
  Result<Item> produce(Runtime& runtime) override {
    while (Item item = TRY(pull(runtime))) {
      Value key = TRY(getter_.get(runtime, *item));
      TRY(check_hashable(key));
      if (!known_.insert(std::move(key)).second) continue;
      TRY(runtime.spend(kKeyCost));
      runtime.heap().recharge(*this, sizeof(UniqueFilter) + known_.size() * kNodeSize);
      return item;
    }
    return std::nullopt;
  }

  struct KeyLess {
    bool operator()(const Value& a, const Value& b) const { return compare_keys(a, b) < 0; }
  };
  static constexpr uint64_t kKeyCost = 4;
  static constexpr size_t kNodeSize = sizeof(Value) + 32;

  const AttributeGetter getter_;
  std::set<Value, KeyLess> known_;
};

class BatchFilter final : public LazyFilter {
 public:
  BatchFilter(Value source, int64_t size, Value fill)
      : LazyFilter(std::move(source)), size_(size), fill_(std::move(fill)) {}

 private:
  Result<Item> produce(Runtime& runtime) override {
    ListBuilder batch(runtime);
    if (held_) TRY(batch.push(*std::exchange(held_, std::nullopt)));
    while (Item item = TRY(pull(runtime))) {
      if (started_ && int64_t(batch.size()) == size_) {
        held_ = std::move(item);
        return TRY(runtime.list(batch.take()));
      }
      // With a size of 0, as in Python, the first batch is empty.
      if (!started_ && size_ == 0) {
        started_ = true;
        held_ = std::move(item);
        return TRY(runtime.list({}));
      }
      started_ = true;
      TRY(batch.push(std::move(*item)));
    }
    if (batch.size() == 0) return std::nullopt;
    while (!fill_.is_none() && int64_t(batch.size()) < size_) TRY(batch.push(fill_));
    return TRY(runtime.list(batch.take()));
  }

  const int64_t size_;
  const Value fill_;
  bool started_ = false;
  std::optional<Value> held_;
};

class SliceFilter final : public LazyFilter {
 public:
  SliceFilter(Value source, int64_t slices, Value fill)
      : LazyFilter(std::move(source)), slices_(slices), fill_(std::move(fill)) {}

 private:
  Result<Item> produce(Runtime& runtime) override {
    if (!items_) {
      if (slices_ == 0) return fail(ErrorCode::kInvalidArgument, "slice: division by zero");
      items_ = TRY(to_items(runtime, source()));
    }
    if (slice_ >= slices_) return std::nullopt;
    const auto size = int64_t(items_->size());
    const int64_t share = size / slices_, longer = size % slices_;
    const int64_t begin = slice_ * share + std::min(slice_, longer);
    const int64_t count = share + (slice_ < longer ? 1 : 0);
    ListBuilder part(runtime);
    for (int64_t i = 0; i < count; ++i) TRY(part.push((*items_)[size_t(begin + i)]));
    if (!fill_.is_none() && slice_ >= longer) TRY(part.push(fill_));
    ++slice_;
    return TRY(runtime.list(part.take()));
  }

  const int64_t slices_;
  const Value fill_;
  int64_t slice_ = 0;
  std::optional<std::vector<Value>> items_;
};

class ItemsFilter final : public LazyFilter {
 public:
  explicit ItemsFilter(Value source) : LazyFilter(std::move(source)) {}

 private:
  Result<Item> produce(Runtime& runtime) override {
    if (source().is_undefined()) return std::nullopt;
    if (!source().is_dict())
      return fail(ErrorCode::kInvalidArgument, "can only get item pairs from a mapping");
    const auto& entries = source().dict().entries.entries();
    if (index_ == entries.size()) return std::nullopt;
    const Dict::Entry& entry = entries[index_++];
    return TRY(runtime.tuple({entry.key, entry.value}));
  }

  size_t index_ = 0;
};

template <typename T, typename... A>
Result<Value> generator(Runtime& runtime, A&&... args) {
  return Value(runtime.heap().make<T>(std::forward<A>(args)...));
}

}  // namespace

Result<Value> map_filter(Runtime& runtime, const Value& self, Args& args) {
  return generator<MapFilter>(runtime, self, std::move(args));
}

Result<Value> select_filter(Runtime& runtime, const Value& self, Args& args) {
  return generator<SelectFilter>(runtime, self, std::move(args), SelectFilter::Mode{});
}

Result<Value> reject_filter(Runtime& runtime, const Value& self, Args& args) {
  return generator<SelectFilter>(runtime, self, std::move(args), SelectFilter::Mode{.keeps = false});
}

Result<Value> selectattr_filter(Runtime& runtime, const Value& self, Args& args) {
  return generator<SelectFilter>(runtime, self, std::move(args), SelectFilter::Mode{.by_attribute = true});
}

Result<Value> rejectattr_filter(Runtime& runtime, const Value& self, Args& args) {
  return generator<SelectFilter>(runtime, self, std::move(args),
                                 SelectFilter::Mode{.keeps = false, .by_attribute = true});
}

Result<Value> unique_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [case_sensitive, by] = TRY(bind_args("unique", args, {{"case_sensitive"}, {"attribute"}}));
  const bool exact = case_sensitive != nullptr && TRY(truth(runtime, *case_sensitive));
  return generator<UniqueFilter>(runtime, self, AttributeGetter(by, !exact));
}

Result<Value> batch_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [size, fill] = TRY(bind_args("batch", args, {{"linecount", true}, {"fill_with"}}));
  return generator<BatchFilter>(runtime, self, TRY(int_arg("batch", size, 0)),
                                fill != nullptr ? *fill : Value());
}

Result<Value> slice_filter(Runtime& runtime, const Value& self, Args& args) {
  const auto [slices, fill] = TRY(bind_args("slice", args, {{"slices", true}, {"fill_with"}}));
  return generator<SliceFilter>(runtime, self, TRY(int_arg("slice", slices, 0)),
                                fill != nullptr ? *fill : Value());
}

Result<Value> items_filter(Runtime& runtime, const Value& self, Args& args) {
  TRY(bind_nothing("items", args));
  return generator<ItemsFilter>(runtime, self);
}

}  // namespace hearth::jinja
