#include "transfer/http/http_message.h"

#include <gtest/gtest.h>

#include "transfer/http/rate_limit.h"

namespace hearth::transfer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(HttpMessage, RetryAfterIsSecondsOrADate) {
  EXPECT_EQ(parse_retry_after("120", 0), milliseconds(120'000));
  EXPECT_EQ(parse_retry_after("0", 0), milliseconds(0));
  EXPECT_EQ(parse_retry_after("99999999999999", 0), milliseconds(86'400'000));
  EXPECT_EQ(parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT", 1'445'412'470), milliseconds(10'000));
  EXPECT_EQ(parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT", 1'445'419'999), milliseconds(0));
  for (const char* text : {"", "-1", "soon", "1.5", "5 minutes"})
    EXPECT_FALSE(parse_retry_after(text, 0)) << text;
}

TEST(HttpMessage, ContentRangesAreRead) {
  EXPECT_EQ(parse_content_range("bytes 0-99/1000"), (ContentRange{0, 100, 1000}));
  EXPECT_EQ(parse_content_range("bytes 5-5/*"), (ContentRange{5, 6, std::nullopt}));
  for (const char* text :
       {"", "bytes", "bytes 1-0/9", "bytes 0-9/9", "bytes */9", "bytes 0-9", "bytes -9/10", "bytes 0-9/10x",
        "octets 0-9/10", "bytes 0-18446744073709551615/18446744073709551615",
        "bytes 0-99999999999999999999/*", "bytes +0-9/10"}) {
    EXPECT_FALSE(parse_content_range(text)) << text;
  }
  EXPECT_EQ(parse_unsatisfied_range("bytes */7"), 7u);
  EXPECT_FALSE(parse_unsatisfied_range("bytes */7x"));
  EXPECT_FALSE(parse_unsatisfied_range("bytes 0-1/7"));
}

TEST(HttpMessage, StatusesSayWhetherToComeAgain) {
  for (const int status : {408, 429, 500, 502, 503, 504, 520}) {
    EXPECT_TRUE(status_failure({.status = status}, "x").is_transient) << status;
  }
  for (const int status : {400, 401, 403, 404, 410, 416, 501, 505}) {
    EXPECT_FALSE(status_failure({.status = status}, "x").is_transient) << status;
  }
  const HttpFailure failure = status_failure({.status = 429, .headers = {{"retry-after", "3"}}}, "the file");
  EXPECT_EQ(failure.retry_after, seconds(3));
  EXPECT_EQ(failure.error.message, "the file: the server answers 429");
}

TEST(RateLimit, KeepsToItsRate) {
  RateLimit limit(1000);
  RateLimit::Time now = RateLimit::Time() + seconds(1);
  EXPECT_TRUE(limit.is_open(now));
  limit.take(1100);  // A tenth of a second's worth was there: a second is owed.
  EXPECT_FALSE(limit.is_open(now + milliseconds(500)));
  EXPECT_GE(limit.wait(now + milliseconds(500)), milliseconds(500));
  EXPECT_TRUE(limit.is_open(now + milliseconds(1010)));
  RateLimit none(0);
  none.take(1 << 30);
  EXPECT_TRUE(none.is_open(now));
  EXPECT_FALSE(none.is_limited());
}

}  // namespace
}  // namespace hearth::transfer
