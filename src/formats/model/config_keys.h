#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "formats/model/config_value.h"

namespace hearth {

/// The remedy of errors in a file's contents.
inline constexpr const char* kDamagedFile =
    "the file is damaged or made by a faulty converter: download it again";

/// What a value may be, both ends included.
template <typename T>
struct Bounds {
  T lowest, highest;
};

/// Where a model's keys are looked up. Keys have the names of Hugging Face's config.json, whatever a format
/// calls them; a format knows those that it has.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual std::optional<ConfigValue> find(std::string_view key) const = 0;
  /// The key as the file spells it: "llama.block_count".
  virtual std::string spelling(std::string_view key) const = 0;
};

/// Reads keys by one rule:
///
/// - A key that must be there fails where it is absent or its value is not within its bounds.
/// - A key that may be absent counts as absent, with a note in the log, where its value says "none": an empty
///   text or array, and of numbers beyond the bounds 0, -1 and the largest uint32, as converters write them.
/// - Any other value that is out of bounds or of another type fails where what the model computes depends on
///   it, and counts as absent, with a note, where nothing computed does (`usable`).
///
/// Errors: kCorruptData naming the key, its value and what is allowed, or that it is missing. The files must
/// outlive it.
class ConfigKeys {
 public:
  ConfigKeys(std::shared_ptr<const KeySource> source, LogSink log)
      : source_(std::move(source)), log_(std::move(log)) {}

  std::optional<ConfigValue> find(std::string_view key) const { return source_->find(key); }
  std::string full(std::string_view key) const { return source_->spelling(key); }
  /// Whether the key is there and does not say "none".
  bool has(std::string_view key) const;

  Result<int> integer(std::string_view key, Bounds<int> bounds) const;
  Result<int> integer_or(std::string_view key, Bounds<int> bounds, int absent) const;
  Result<float> number(std::string_view key, Bounds<float> bounds) const;
  Result<float> number_or(std::string_view key, Bounds<float> bounds, float absent) const;
  Result<bool> flag_or(std::string_view key, bool absent) const;
  Result<std::string_view> text_or(std::string_view key, std::string_view absent) const;

  /// A number, or an array of one for each layer, all the same. Error besides: kUnsupported where they
  /// differ.
  Result<int> integer_of_layers(std::string_view key, Bounds<int> bounds, int num_layers) const;
  Result<int> integer_of_layers_or(std::string_view key, Bounds<int> bounds, int num_layers,
                                   int absent) const;

  /// The same where they may differ: one for each layer.
  Result<std::vector<int>> integers_of_layers(std::string_view key, Bounds<int> bounds, int num_layers) const;

  /// An array of `size` numbers; empty where it is absent or says "none".
  Result<std::vector<float>> numbers(std::string_view key, Bounds<float> bounds, size_t size) const;
  /// An array of integers, at most so many; empty where it is absent or says "none".
  Result<std::vector<int>> integers(std::string_view key, Bounds<int> bounds, size_t most) const;
  /// An array of `size` texts; empty where it is absent or says "none".
  Result<std::vector<std::string_view>> texts(std::string_view key, size_t size) const;

  /// Elements of an array; 0 where it is absent.
  Result<size_t> array_size(std::string_view key) const;

  /// The value of a key that nothing computed depends on; nothing, with a note, where it is no T. T: bool,
  /// uint32_t, int32_t, uint64_t, float or std::string_view.
  template <typename T>
  std::optional<T> usable(std::string_view key) const;

  /// Says that the key's value is not used: "KEY REASON; taken as not given".
  void note(std::string_view key, std::string_view reason) const;

 private:
  template <typename T, typename Wide>
  Result<T> read(std::string_view key, Bounds<T> bounds) const;
  template <typename T, typename Wide>
  Result<std::optional<T>> read_optional(std::string_view key, Bounds<T> bounds) const;
  Result<std::optional<ConfigValue>> find_array(std::string_view key) const;
  Result<std::optional<ConfigValue>> find_array_of(std::string_view key, size_t size) const;

  std::shared_ptr<const KeySource> source_;
  LogSink log_;
};

}  // namespace hearth
