#include "formats/safetensors/header_json.h"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/printable.h"

namespace hearth {

namespace {

using Json = nlohmann::json;

constexpr size_t kMaxTensors = size_t(1) << 18;
constexpr size_t kMaxNameBytes = 1024;
constexpr size_t kMaxDimensions = 16;  // more than any tensor has
constexpr std::string_view kMetadata = "__metadata__";
constexpr const char* kRemedy = "the file is damaged or no safetensors file: download it again";

enum class Field : uint8_t { kNone, kDtype, kShape, kOffsets };

constexpr std::pair<std::string_view, Field> kFields[] = {
    {"dtype", Field::kDtype}, {"shape", Field::kShape}, {"data_offsets", Field::kOffsets}};

/// Takes a header's JSON piece by piece. A function that gives false ends the parse; `error()` says why.
class HeaderReader final : public Json::json_sax_t {
 public:
  std::vector<SafetensorsEntry> take_entries() { return std::move(entries_); }
  const std::optional<Error>& error() const { return error_; }

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return unexpected("a number with a fraction");
  }
  bool binary(binary_t&) override { return unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (!in_array_) return unexpected("a number");
    if (numbers_.size() == kMaxDimensions) return refuse("{} has too many numbers", where());
    numbers_.push_back(value);
    return true;
  }

  bool string(string_t& value) override {
    if (in_metadata_ && depth_ == 2) return true;
    if (field_ != Field::kDtype || depth_ != 2) return unexpected("a text");
    entry_.dtype = std::move(value);
    field_ = Field::kNone;
    return true;
  }

  bool start_object(size_t) override {
    if (depth_ > 1 || in_array_) return unexpected("an object");
    ++depth_;
    return true;
  }

  bool key(string_t& name) override { return depth_ == 1 ? begin_entry(name) : begin_field(name); }

  bool end_object() override {
    if (--depth_ == 0) return true;
    if (std::exchange(in_metadata_, false)) return true;
    if (num_fields_ != std::size(kFields)) {
      return refuse("tensor {} lacks one of dtype, shape and data_offsets", hearth::quoted(entry_.name));
    }
    if (entries_.size() == kMaxTensors) {
      error_ =
          Error{ErrorCode::kResourceLimit, fmt::format("the header names more than {} tensors", kMaxTensors),
                "check where the file comes from: no known model has so many"};
      return false;
    }
    entries_.push_back(std::exchange(entry_, {}));
    return true;
  }

  bool start_array(size_t) override {
    if (in_array_ || (field_ != Field::kShape && field_ != Field::kOffsets)) return unexpected("an array");
    in_array_ = true;
    numbers_.clear();
    return true;
  }

  bool end_array() override {
    in_array_ = false;
    if (std::exchange(field_, Field::kNone) == Field::kShape) {
      entry_.shape = numbers_;
      return true;
    }
    if (numbers_.size() != 2) {
      return refuse("data_offsets of tensor {} are {} numbers, not 2", hearth::quoted(entry_.name),
                    numbers_.size());
    }
    entry_.begin = numbers_[0];
    entry_.end = numbers_[1];
    return true;
  }

  bool parse_error(size_t position, const std::string&, const Json::exception&) override {
    return refuse("the header is no valid JSON: it breaks at byte {}", position);
  }

 private:
  template <typename... Args>
  bool refuse(fmt::format_string<Args...> format, Args&&... args) {
    if (!error_) {
      error_ = Error{ErrorCode::kCorruptData, fmt::format(format, std::forward<Args>(args)...), kRemedy};
    }
    return false;
  }
  bool unexpected(std::string_view what) { return refuse("{} is {}", where(), what); }
  std::string where() const {
    if (depth_ == 0) return "the header";
    if (in_metadata_) return std::string(kMetadata);
    return "a field of tensor " + hearth::quoted(entry_.name);
  }

  bool begin_entry(std::string& name) {
    in_metadata_ = name == kMetadata;
    if (in_metadata_)
      return !std::exchange(has_metadata_, true) || refuse("{} stands there twice", kMetadata);
    if (name.empty() || name.size() > kMaxNameBytes) {
      return refuse("a tensor's name has {} bytes, not within 1..{}", name.size(), kMaxNameBytes);
    }
    entry_ = {};
    entry_.name = std::move(name);
    num_fields_ = 0;
    seen_ = 0;
    return true;
  }

  bool begin_field(std::string_view name) {
    if (in_metadata_) return true;
    for (const auto& [known, field] : kFields) {
      if (known != name) continue;
      const unsigned bit = 1u << unsigned(field);
      if ((seen_ & bit) != 0) return refuse("tensor {} has {} twice", hearth::quoted(entry_.name), name);
      seen_ |= bit;
      ++num_fields_;
      field_ = field;
      return true;
    }
    return refuse("tensor {} has the field {}, which safetensors does not define",
                  hearth::quoted(entry_.name), hearth::quoted(name));
  }

  std::vector<SafetensorsEntry> entries_;
  SafetensorsEntry entry_;
  std::vector<uint64_t> numbers_;
  std::optional<Error> error_;
  size_t depth_ = 0, num_fields_ = 0;
  unsigned seen_ = 0;  ///< a bit for each field of the entry
  Field field_ = Field::kNone;
  bool in_array_ = false, in_metadata_ = false, has_metadata_ = false;
};

}  // namespace

Result<std::vector<SafetensorsEntry>> read_safetensors_entries(std::string_view json) {
  HeaderReader reader;
  bool whole = false;
  try {
    whole = Json::sax_parse(json, &reader);
  } catch (const Json::exception&) {  // a number beyond all bounds
    return fail_hint(ErrorCode::kCorruptData, kRemedy, "the header holds a number out of range");
  }
  if (reader.error()) return std::unexpected(*reader.error());
  if (!whole) return fail_hint(ErrorCode::kCorruptData, kRemedy, "the header is no valid JSON");
  return reader.take_entries();
}

}  // namespace hearth
