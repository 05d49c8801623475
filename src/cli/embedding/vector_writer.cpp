#include "cli/embedding/vector_writer.h"

#include <bit>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace hearth::cli {
namespace {

class JsonWriter final : public VectorWriter {
 public:
  explicit JsonWriter(ByteSink sink) : sink_(std::move(sink)) {}

  Status begin(size_t, size_t) override { return {}; }

  Status add(const VectorRow& row) override {
    line_ = fmt::format(R"({{"index":{},"tokens":{},)", row.index, row.num_tokens);
    if (row.is_cut) line_ += R"("truncated":true,)";
    line_ += R"("embedding":[)";
    for (size_t i = 0; i < row.values.size(); ++i) {
      fmt::format_to(std::back_inserter(line_), "{}{}", i == 0 ? "" : ",", row.values[i]);
    }
    line_ += "]}\n";
    return sink_(line_);
  }

 private:
  ByteSink sink_;
  std::string line_;
};

class NpyWriter final : public VectorWriter {
 public:
  explicit NpyWriter(ByteSink sink) : sink_(std::move(sink)) {}

  Status begin(size_t num_rows, size_t num_columns) override {
    constexpr size_t kAlignment = 64;
    std::string dictionary =
        fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", num_rows, num_columns);
    std::string header("\x93NUMPY\x01\x00", 8);
    const size_t begin = header.size() + sizeof(uint16_t);
    while ((begin + dictionary.size() + 1) % kAlignment != 0) dictionary += ' ';
    dictionary += '\n';
    header += char(dictionary.size() & 0xff);
    header += char(dictionary.size() >> 8);
    return sink_(header + dictionary);
  }

  Status add(const VectorRow& row) override {
    static_assert(std::endian::native == std::endian::little);
    return sink_({reinterpret_cast<const char*>(row.values.data()), row.values.size_bytes()});
  }

 private:
  ByteSink sink_;
};

}  // namespace

std::unique_ptr<VectorWriter> json_vector_writer(ByteSink sink) {
  return std::make_unique<JsonWriter>(std::move(sink));
}

std::unique_ptr<VectorWriter> npy_vector_writer(ByteSink sink) {
  return std::make_unique<NpyWriter>(std::move(sink));
}

}  // namespace hearth::cli
