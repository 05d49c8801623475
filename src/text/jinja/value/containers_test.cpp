#include "text/jinja/value/containers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/jinja/value/runtime.h"

namespace hearth::jinja {
namespace {

TEST(JinjaDict, KeepsTheOrderOfFirstInsertionAndTheLastValue) {
  Runtime runtime{JinjaLimits()};
  for (const int count : {4, 100}) {  // few are searched one by one, many by order
    Dict dict;
    for (int i = 0; i < count; ++i) dict.append(Value::integer((i * 7) % count), Value::integer(i));
    for (int i = 0; i < count; i += 2) dict.append(Value::integer(i), Value::integer(-i));
    dict.finish();
    ASSERT_EQ(dict.size(), size_t(count));
    for (int i = 0; i < count; ++i) EXPECT_EQ(dict.entries()[size_t(i)].key.as_int64(), (i * 7) % count);
    for (int i = 0; i < count; i += 2) EXPECT_EQ(dict.find(Value::integer(i))->as_int64(), -i);
    EXPECT_EQ(dict.find(Value::integer(count)), nullptr);
  }
}

TEST(JinjaDict, FindsWhatWasSetAfterASearch) {
  Runtime runtime{JinjaLimits()};
  Dict dict;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "key" + std::to_string((i * 37) % 300);
    EXPECT_EQ(dict.find(name), nullptr);
    dict.set(*runtime.string(name), Value::integer(i));
    ASSERT_NE(dict.find(name), nullptr);
    EXPECT_EQ(dict.find(name)->as_int64(), i);
  }
  dict.set(*runtime.string("key0"), Value::integer(-1));
  EXPECT_EQ(dict.size(), 300u);
  EXPECT_EQ(dict.find("key0")->as_int64(), -1);
}

TEST(JinjaDict, TellsKeysApartAsPythonDoes) {
  Runtime runtime{JinjaLimits()};
  EXPECT_EQ(compare_keys(Value::integer(1), Value::boolean(true)), 0);
  EXPECT_EQ(compare_keys(Value::integer(1), Value::real(1.0)), 0);
  EXPECT_NE(compare_keys(Value::integer(1), *runtime.string("1")), 0);
  EXPECT_NE(compare_keys(Value::none(), Value::integer(0)), 0);
  const Value pair = *runtime.tuple({Value::integer(1), *runtime.string("a")});
  EXPECT_EQ(compare_keys(pair, *runtime.tuple({Value::real(1), *runtime.string("a")})), 0);
  EXPECT_TRUE(check_hashable(pair).has_value());
  EXPECT_FALSE(check_hashable(*runtime.list({})).has_value());
  EXPECT_FALSE(check_hashable(*runtime.tuple({*runtime.list({})})).has_value());
}

TEST(JinjaStringObject, CountsAndFindsCodePoints) {
  Runtime runtime{JinjaLimits()};
  std::string text;
  std::vector<size_t> offsets;
  for (int i = 0; i < 500; ++i) {
    offsets.push_back(text.size());
    text += i % 5 == 0 ? "\xf0\x9f\x99\x82" : i % 5 == 1 ? "\xc3\xa9" : i % 5 == 2 ? "\xff" : "a";
  }
  const StringObject string{OriginString(text, Origin::kTemplate)};
  ASSERT_EQ(string.num_points(), offsets.size());
  for (size_t i = 0; i < offsets.size(); ++i) ASSERT_EQ(string.offset_of_point(i), offsets[i]);
  EXPECT_EQ(string.offset_of_point(500), text.size());
  EXPECT_EQ(string.offset_of_point(9999), text.size());
}

TEST(JinjaRange, CountsItsNumbers) {
  const auto length = [](int64_t start, int64_t stop, int64_t step) {
    return RangeObject(start, stop, step, Origin::kTemplate).length;
  };
  EXPECT_EQ(length(0, 10, 3), 4);
  EXPECT_EQ(length(10, 0, -3), 4);
  EXPECT_EQ(length(0, 0, 1), 0);
  EXPECT_EQ(length(5, 0, 1), 0);
  EXPECT_EQ(length(INT64_MIN, INT64_MAX, 1), INT64_MAX);
  EXPECT_EQ(length(INT64_MAX, INT64_MIN, INT64_MIN), 2);
}

TEST(JinjaHeap, GivesBackWhatItCharged) {
  Runtime runtime{JinjaLimits()};
  {
    const Value text = *runtime.string(std::string(1000, 'x'));
    EXPECT_GT(runtime.meter().bytes(), 1000u);
    Value nested = text;
    for (int i = 0; i < 200'000; ++i) nested = *runtime.list({nested});  // freed without recursion
  }
  EXPECT_EQ(runtime.meter().bytes(), 0u);
}

TEST(JinjaHeap, TakesCyclesApart) {
  Runtime runtime{JinjaLimits()};
  {
    const Ref<NamespaceObject> object = runtime.heap().make_mutable<NamespaceObject>(Dict());
    object->attributes.set(*runtime.string("self"), Value(object));
    object->attributes.set(*runtime.string("list"), *runtime.list({Value(object)}));
  }
  EXPECT_GT(runtime.meter().bytes(), 0u);
  runtime.heap().break_cycles();
  EXPECT_EQ(runtime.meter().bytes(), 0u);
}

}  // namespace
}  // namespace hearth::jinja
