#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace hearth {

/// A header's length, the header and data: a safetensors file, well-formed or not.
inline std::string safetensors_bytes(std::string_view header, std::string_view data) {
  const uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof(length));
  return bytes.append(header).append(data);
}

/// Builds well-formed files, tensor by tensor.
class SafetensorsBuilder {
 public:
  SafetensorsBuilder& add(std::string_view name, std::string_view dtype, std::string_view shape,
                          std::string_view data) {
    header_ +=
        fmt::format(R"({}"{}":{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})",
                    header_.empty() ? "" : ",", name, dtype, shape, data_.size(), data_.size() + data.size());
    data_ += data;
    return *this;
  }
  std::string build() const { return safetensors_bytes("{" + header_ + "}", data_); }

 private:
  std::string header_, data_;
};

}  // namespace hearth
