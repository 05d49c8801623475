#include "server/observe/trace_context.h"

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c", kSpan = "b7ad6b7169203331";

TEST(TraceContext, CarriesATraceOn) {
  const TraceContext trace = continue_trace("00-" + kTrace + "-" + kSpan + "-01");
  EXPECT_EQ(trace.trace_id, kTrace);
  EXPECT_EQ(trace.parent_id, kSpan);
  EXPECT_TRUE(trace.sampled);
  EXPECT_EQ(trace.span_id.size(), 16u);
  EXPECT_NE(trace.span_id, kSpan);
  EXPECT_EQ(to_traceparent(trace), "00-" + kTrace + "-" + trace.span_id + "-01");
  EXPECT_FALSE(continue_trace("00-" + kTrace + "-" + kSpan + "-00").sampled);
  EXPECT_EQ(continue_trace("cc-" + kTrace + "-" + kSpan + "-01-what").trace_id, kTrace);
}

TEST(TraceContext, BeginsOneWhereTheHeaderIsNotValid) {
  for (const std::string& text :
       {std::string(), std::string("00"), "ff-" + kTrace + "-" + kSpan + "-01", "00-" + kTrace + "-" + kSpan,
        "00-" + kTrace + "-" + kSpan + "-01-more", "00-" + std::string(32, '0') + "-" + kSpan + "-01",
        "00-" + kTrace + "-" + std::string(16, '0') + "-01",
        "00-" + std::string(32, 'A') + "-" + kSpan + "-01", "00-" + kTrace + "_" + kSpan + "-01",
        "00-" + kTrace + "-" + kSpan + "-0x"}) {
    const TraceContext trace = continue_trace(text);
    EXPECT_TRUE(trace.parent_id.empty()) << text;
    EXPECT_EQ(trace.trace_id.size(), 32u);
    EXPECT_NE(trace.trace_id, kTrace);
  }
}

}  // namespace
}  // namespace hearth::server
