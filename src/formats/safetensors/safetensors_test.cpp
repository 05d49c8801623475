#include "formats/safetensors/safetensors.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/testing/safetensors_builder.h"

namespace hearth {
namespace {

using testing::HasSubstr;

const std::string kEight(8, 'x');

TEST(SafetensorsTest, ReadsTensors) {
  const std::string bytes = SafetensorsBuilder()
                                .add("b", "BF16", "[2,2]", "abcdefgh")
                                .add("a", "F32", "[1,2]", "01234567")
                                .add("scalar", "F16", "[]", "zz")
                                .add("nothing", "F32", "[0,4]", "")
                                .build();
  const auto file = SafetensorsFile::parse(as_bytes(bytes));
  ASSERT_TRUE(file.has_value()) << file.error().message;
  ASSERT_EQ(file->tensors().size(), 4u);
  EXPECT_EQ(file->tensors()[0].name, "a");
  const TensorView view = file->view(*file->find("b")).value();
  EXPECT_EQ(view.dtype, DType::kBF16);
  EXPECT_EQ(view.shape, Shape({2, 2}));
  EXPECT_EQ(as_text(view.data), "abcdefgh");
  EXPECT_EQ(as_text(file->view(*file->find("a"))->data), "01234567");
  EXPECT_EQ(file->find("scalar")->shape.size(), 1);
  EXPECT_EQ(file->find("nothing")->bytes, 0u);
  EXPECT_EQ(file->find("c"), nullptr);
}

TEST(SafetensorsTest, TakesMetadataAndPadding) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"shape":[2],"data_offsets":[0,8],"dtype":"F32"}}    )";
  const std::string bytes = safetensors_bytes(header, kEight);
  const auto file = SafetensorsFile::parse(as_bytes(bytes));
  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(file->data_offset(), 8 + header.size());
  const std::string empty = safetensors_bytes("{}", "");
  EXPECT_TRUE(SafetensorsFile::parse(as_bytes(empty))->tensors().empty());
}

TEST(SafetensorsTest, MovesAndNamesItsFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "hearth_moved.safetensors";
  const std::string bytes = SafetensorsBuilder().add("a", "F32", "[2]", kEight).build();
  ASSERT_TRUE(write_file_atomic(path, bytes).has_value());
  SafetensorsFile file = SafetensorsFile::open(path).value();
  const TensorView before = file.view(*file.find("a")).value();
  const SafetensorsFile moved = std::move(file);
  EXPECT_EQ(moved.view(*moved.find("a"))->data.data(), before.data.data());
  EXPECT_EQ(moved.mapped()->path(), path);
  ASSERT_TRUE(write_file_atomic(path, "{}").has_value());
  EXPECT_THAT(SafetensorsFile::open(path).error().message, HasSubstr(path.string()));
  std::filesystem::remove(path);
}

struct Fault {
  std::string header;
  const char* message;
  ErrorCode code = ErrorCode::kCorruptData;
};

/// With eight bytes of data behind the header.
const Fault kFaults[] = {
    {"", "no valid JSON"},
    {"{", "no valid JSON"},
    {"{}x", "no valid JSON"},
    {"[]", "the header is an array"},
    {"7", "the header is a number"},
    {"{}", "the tensors end at 0 of the data, but the file holds 8"},
    {R"({"a":7})", "a field of tensor \"a\" is a number"},
    {R"({"a":[]})", "a field of tensor \"a\" is an array"},
    {R"({"a":{}})", "lacks one of"},
    {R"({"a":{"dtype":"F32","shape":[2]}})", "lacks one of"},
    {R"({"a":{"dtype":"F32","dtype":"F32","shape":[2]}})", "has dtype twice"},
    {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":"x"}})", "has the field \"extra\""},
    {R"({"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}})", "is a number"},
    {R"({"a":{"dtype":["F32"],"shape":[2],"data_offsets":[0,8]}})", "is an array"},
    {R"({"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}})", "is a text"},
    {R"({"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}})", "a number with a fraction"},
    {R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", "a negative number"},
    {R"({"a":{"dtype":"F32","shape":[null],"data_offsets":[0,8]}})", "is null"},
    {R"({"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}})", "is an array"},
    {R"({"a":{"dtype":"F32","shape":[{"x":1}],"data_offsets":[0,8]}})", "is an object"},
    {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})", "are 1 numbers, not 2"},
    {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4,8]}})", "are 3 numbers, not 2"},
    {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", "data_offsets 8 and 0"},
    {R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", "make 12 bytes"},
    {R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})",
     "make no number of bytes"},
    {R"({"a":{"dtype":"F32","shape":[18446744073709551615,0],"data_offsets":[0,0]}})", "a dimension of"},
    {R"({"a":{"dtype":"F4","shape":[17],"data_offsets":[0,8]}})", "make no number of bytes"},
    {R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})", "ends at 16 of the data"},
    {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "the tensors end at 4"},
    {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "begins at 4 of the data"},
    {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
     "begins at 4 of the data, but the one before it ends at 8"},
    {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
     "tensor \"a\" is named twice"},
    {R"({"":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "name has 0 bytes"},
    {R"({"__metadata__":{"format":7}})", "__metadata__ is a number"},
    {R"({"__metadata__":{"format":{"x":"y"}}})", "__metadata__ is an object"},
    {R"({"__metadata__":{},"__metadata__":{}})", "__metadata__ stands there twice"},
    {R"({"a":{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}})", "a"},
    {R"({"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}})", "the type \"Q4\"", ErrorCode::kUnsupported},
    {R"({"a":{"dtype":"F32","shape":[1,1,1,1,2],"data_offsets":[0,8]}})", "has 5 dimensions",
     ErrorCode::kUnsupported},
};

TEST(SafetensorsTest, NamesEveryFaultOfAHeader) {
  for (const Fault& fault : kFaults) {
    const std::string bytes = safetensors_bytes(fault.header, kEight);
    const auto file = SafetensorsFile::parse(as_bytes(bytes));
    ASSERT_FALSE(file.has_value()) << fault.header;
    EXPECT_EQ(file.error().code, fault.code) << fault.header;
    EXPECT_THAT(file.error().message, HasSubstr(fault.message)) << fault.header;
    EXPECT_FALSE(file.error().hint.empty()) << fault.header;
  }
}

TEST(SafetensorsTest, NamesEveryFaultOfTheLength) {
  EXPECT_THAT(SafetensorsFile::parse(as_bytes(std::string_view("1234567"))).error().message,
              HasSubstr("has 7 bytes"));
  std::string bytes = SafetensorsBuilder().add("a", "F32", "[2]", kEight).build();
  const std::string cut = bytes.substr(0, 20);
  EXPECT_THAT(SafetensorsFile::parse(as_bytes(cut)).error().message, HasSubstr("but 12 bytes are left"));
  const uint64_t huge = 100'000'001;
  std::memcpy(bytes.data(), &huge, sizeof(huge));
  EXPECT_EQ(SafetensorsFile::parse(as_bytes(bytes)).error().code, ErrorCode::kResourceLimit);
}

TEST(SafetensorsTest, NamesTypesThatNothingComputesWith) {
  const std::string bytes = SafetensorsBuilder().add("a", "F8_E5M2", "[8]", kEight).build();
  const auto file = SafetensorsFile::parse(as_bytes(bytes)).value();
  const auto view = file.view(*file.find("a"));
  EXPECT_EQ(view.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(view.error().message, HasSubstr("F8_E5M2"));
}

TEST(SafetensorsTest, LimitsTensorsAndDimensions) {
  std::string entries, dims = "1";
  for (int i = 0; i < (1 << 18) + 1; ++i) {
    entries +=
        fmt::format(R"({}"{}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})", i == 0 ? "" : ",", i);
  }
  const std::string many = safetensors_bytes("{" + entries + "}", "");
  EXPECT_EQ(SafetensorsFile::parse(as_bytes(many)).error().code, ErrorCode::kResourceLimit);
  for (int i = 0; i < 16; ++i) dims += ",1";
  const std::string deep = SafetensorsBuilder().add("a", "F32", "[" + dims + "]", "1234").build();
  EXPECT_THAT(SafetensorsFile::parse(as_bytes(deep)).error().message, HasSubstr("too many numbers"));
}

}  // namespace
}  // namespace hearth
