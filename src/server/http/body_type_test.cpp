#include "server/http/body_type.h"

#include <gtest/gtest.h>

namespace hearth::server {
namespace {

/// The status that a body with these headers is refused with; 0: it is not.
int status_of(std::vector<std::pair<std::string, std::string>> headers, uint64_t length = 2) {
  HttpHead head;
  head.method = "POST";
  head.content_length = length;
  head.headers = std::move(headers);
  const auto readable = check_body_type(head);
  return readable ? 0 : readable.error().status;
}

TEST(BodyType, TakesWhatClientsWriteForJson) {
  EXPECT_EQ(status_of({}), 0);
  for (const char* type : {"application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json",
                           "", "application/x-www-form-urlencoded", "text/plain;charset=UTF-8", "text/json",
                           "application/octet-stream", "*/*"}) {
    EXPECT_EQ(status_of({{"content-type", type}}), 0) << type;
  }
  EXPECT_EQ(status_of({{"content-encoding", "identity"}}), 0);
  EXPECT_EQ(status_of({{"content-encoding", ""}}), 0);
}

TEST(BodyType, RefusesWhatCannotBeJson) {
  for (const char* type : {"multipart/form-data; boundary=x", "image/png", "application/xml",
                           "application/pdf", "audio/wav", "application/gzip", "nonsense"}) {
    EXPECT_EQ(status_of({{"content-type", type}}), 415) << type;
    EXPECT_EQ(status_of({{"content-type", type}}, 0), 0) << type << " without a body";
  }
  for (const char* encoding : {"gzip", "GZIP", "br", "zstd", "deflate", "gzip, identity"}) {
    EXPECT_EQ(status_of({{"content-encoding", encoding}, {"content-type", "application/json"}}), 415)
        << encoding;
  }
}

}  // namespace
}  // namespace hearth::server
