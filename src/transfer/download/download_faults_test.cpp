#include <atomic>
#include <mutex>
#include <set>
#include <utility>

#include "transfer/testing/download_rig.h"

namespace hearth::transfer {
namespace {

constexpr size_t kSize = 150'000;
constexpr int kNumSchedules = 300;

/// What a server does wrong at one request.
enum class Fault : uint8_t {
  kNone,
  kShort,        ///< ends the connection before the answer is whole
  kReset,        ///< resets it
  kStall,        ///< says nothing any more
  kNoSuchRange,  ///< 416
  kWholeFile,    ///< 200 for 206
  kWrongLength,  ///< another total
  kWrongRange,   ///< another part than was asked for
  kFewerBytes,   ///< a shorter part, honestly
  kNewETag,      ///< says that it is another file
  kDamage,       ///< a byte is wrong
  kBusy,         ///< 503
  kTooMany,      ///< 429 with Retry-After
  kForbidden,    ///< 403: the address has expired
  kGone,         ///< 404
  kLoop,         ///< redirects to itself
  kGarbage,      ///< no HTTP
  kCompressed,   ///< a content encoding that nobody asked for
  kCount
};

ServedAnswer spoilt(Fault fault, const ServedRequest& request, const std::string& content,
                    std::minstd_rand& chance) {
  ServedAnswer answer = ranged_answer(request, content, "\"a\"");
  const auto set = [&](const std::string& name, const std::string& value) {
    std::erase_if(answer.headers, [&](const auto& header) { return header.first == name; });
    answer.headers.emplace_back(name, value);
  };
  const size_t some = answer.body.empty() ? 0 : chance() % answer.body.size();
  switch (fault) {
    case Fault::kShort:
      answer.send_only = some;
      break;
    case Fault::kReset:
      answer.send_only = some;
      answer.then = ServedAnswer::Then::kReset;
      break;
    case Fault::kStall:
      answer.send_only = some;
      answer.then = ServedAnswer::Then::kStall;
      break;
    case Fault::kNoSuchRange:
      answer = {.status = 416, .headers = {{"Content-Range", "bytes */7"}}};
      break;
    case Fault::kWholeFile:
      answer = {.headers = {{"ETag", "\"a\""}}, .body = content};
      break;
    case Fault::kWrongLength:
      set("Content-Range", fmt::format("bytes 0-{}/{}", answer.body.size() - 1, content.size() + 1));
      break;
    case Fault::kWrongRange:
      set("Content-Range", fmt::format("bytes 1-{}/{}", answer.body.size(), content.size()));
      break;
    case Fault::kFewerBytes:
      answer.body.resize(std::max<size_t>(1, some));
      answer.length.reset();
      if (size_t begin = 0; std::sscanf(request.header("range").c_str(), "bytes=%zu-", &begin) == 1) {
        set("Content-Range",
            fmt::format("bytes {}-{}/{}", begin, begin + answer.body.size() - 1, content.size()));
      }
      break;
    case Fault::kNewETag:
      set("ETag", "\"b\"");
      break;
    case Fault::kDamage:
      if (!answer.body.empty()) answer.body[some] = char(answer.body[some] ^ 4);
      break;
    case Fault::kBusy:
      answer = {.status = 503};
      break;
    case Fault::kTooMany:
      answer = {.status = 429, .headers = {{"Retry-After", "0"}}};
      break;
    case Fault::kForbidden:
      answer = {.status = 403};
      break;
    case Fault::kGone:
      answer = {.status = 404};
      break;
    case Fault::kLoop:
      answer = {.status = 302, .headers = {{"Location", "/file"}}};
      break;
    case Fault::kGarbage:
      answer = {.status = 206, .headers = {{"Content-Range", "bytes all of them"}}, .body = "?"};
      break;
    case Fault::kCompressed:
      set("Content-Encoding", "gzip");
      break;
    default:
      break;
  }
  return answer;
}

/// A word that the message of an error must have for each cause that may have ended a download.
const std::map<Fault, std::vector<std::string>> kCauses = {
    {Fault::kShort, {"ended early", "fewer bytes", "Server returned nothing", "Failure when receiving"}},
    {Fault::kReset, {"Failure when receiving", "ended early", "Server returned nothing"}},
    {Fault::kStall, {"nothing came for"}},
    {Fault::kNoSuchRange, {"there are no bytes", "has 7 bytes"}},
    {Fault::kWholeFile, {"whole file"}},
    {Fault::kWrongLength, {"bytes are expected", "but 150000 are expected", "another part"}},
    {Fault::kWrongRange, {"another part"}},
    {Fault::kFewerBytes, {"fewer bytes"}},
    {Fault::kNewETag, {"SHA-256"}},
    {Fault::kDamage, {"SHA-256"}},
    {Fault::kBusy, {"503"}},
    {Fault::kTooMany, {"429"}},
    {Fault::kForbidden, {"403"}},
    {Fault::kGone, {"404"}},
    {Fault::kLoop, {"redirects", "302"}},
    {Fault::kGarbage, {"another part"}},
    {Fault::kCompressed, {"gzip"}},
};

class DownloadFaults : public DownloadRig {
 protected:
  void SetUp() override {
    DownloadRig::SetUp();
    http_.stall_timeout = std::chrono::milliseconds(300);
    http_.num_attempts = 5;
    http_.max_redirects = 3;
  }
};

/// Faults that come now and then are got over, or told by their cause; no wrong file is ever there.
TEST_F(DownloadFaults, NoScheduleLeavesAWrongFile) {
  int num_right = 0;
  for (int seed = 0; seed < kNumSchedules; ++seed) {
    SCOPED_TRACE(seed);
    std::minstd_rand chance(uint32_t(seed) + 1);
    const std::string content = random_content(kSize, uint32_t(seed));
    // Half of the schedules have one kind of fault, half have all; rates from rare to mostly.
    const auto only = Fault(1 + seed % (int(Fault::kCount) - 1));
    const bool mixed = seed % 2 == 1;
    const uint32_t per_cent = 10 + 20 * uint32_t(seed % 5);
    std::mutex mutex;
    std::set<Fault> made;
    // Stalls take time: one in some of the schedules.
    bool may_stall = seed % 6 == 0 || only == Fault::kStall;
    HttpTestServer server([&](const ServedRequest& request) {
      const std::scoped_lock lock(mutex);
      if (chance() % 100 >= per_cent) return ranged_answer(request, content, "\"a\"");
      Fault fault = mixed ? Fault(1 + chance() % (int(Fault::kCount) - 1)) : only;
      if (fault == Fault::kStall && !std::exchange(may_stall, false)) fault = Fault::kReset;
      made.insert(fault);
      return spoilt(fault, request, content, chance);
    });
    const auto fetched = fetch(server, content);
    std::filesystem::remove_all(folder_);
    if (fetched) {
      ++num_right;
      continue;
    }
    const std::string& message = fetched.error().message;
    const bool names_cause = std::ranges::any_of(made, [&](Fault fault) {
      return std::ranges::any_of(kCauses.at(fault),
                                 [&](const std::string& word) { return message.contains(word); });
    });
    EXPECT_TRUE(names_cause) << message;
    EXPECT_FALSE(message.empty());
  }
  EXPECT_GT(num_right, kNumSchedules / 4) << "most faults that come now and then are got over";
  RecordProperty("num_right", num_right);
}

/// A fault that never ends is an error that names it, after so many attempts.
TEST_F(DownloadFaults, EachFaultIsNamed) {
  const std::string content = random_content(kSize, 1);
  for (const auto& [fault, causes] : kCauses) {
    // A shorter part is a right answer.
    if (fault == Fault::kFewerBytes || fault == Fault::kNewETag) continue;
    SCOPED_TRACE(int(fault));
    http_.stall_timeout = std::chrono::milliseconds(fault == Fault::kStall ? 50 : 20'000);
    std::minstd_rand chance(1);
    std::mutex mutex;
    HttpTestServer server([&, f = fault](const ServedRequest& request) {
      const std::scoped_lock lock(mutex);
      if (request.header("range") == "bytes=0-0") return ranged_answer(request, content, "\"a\"");
      // Nothing of an answer comes: what brings a file on is no fault that lasts.
      ServedAnswer answer = spoilt(f, request, content, chance);
      if (answer.send_only) answer.send_only = 0;
      return answer;
    });
    const auto fetched = fetch(server, content);
    std::filesystem::remove_all(folder_);
    if (fault == Fault::kWholeFile) {
      EXPECT_TRUE(fetched) << "who gives no parts is read whole";
      continue;
    }
    ASSERT_FALSE(fetched);
    EXPECT_TRUE(std::ranges::any_of(causes, [&](const auto& word) {
      return fetched.error().message.contains(word);
    })) << fetched.error().message;
    EXPECT_LE(server.requests().size(), 100u);
  }
}

}  // namespace
}  // namespace hearth::transfer
