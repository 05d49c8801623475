#include "store/weights_digest.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/threads.h"
#include "store/file_digests.h"

namespace hearth {
namespace {

constexpr size_t kPart = size_t(1) << 20;
// Times of files go by the system's clock tick: a change so shortly after another has the same time.
constexpr std::chrono::milliseconds kTick(100);

/// Of the calling thread: it runs where nothing else wants to.
void take_lowest_priority() { ::setpriority(PRIO_PROCESS, id_t(::syscall(SYS_gettid)), 19); }

}  // namespace

WeightsDigest::WeightsDigest(std::vector<const MappedFile*> files, std::filesystem::path memory, LogSink log)
    : files_(std::move(files)), memory_(std::move(memory)), log_(std::move(log)) {
  Result<std::thread> thread = start_thread([this] { find_out(); });
  if (thread) {
    thread_ = std::move(*thread);
    return;
  }
  log_(LogLevel::kWarning, thread.error().message);
  done_ = true;
}

WeightsDigest::~WeightsDigest() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::optional<std::string> WeightsDigest::get() const {
  const std::scoped_lock lock(mutex_);
  return digest_;
}

std::optional<std::string> WeightsDigest::wait() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_; });
  return digest_;
}

/// False where the object goes meanwhile.
bool WeightsDigest::wait_until_settled(const FileStamp& stamp) {
  std::unique_lock lock(mutex_);
  const auto changed =
      std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::nanoseconds(stamp.changed_ns)));
  const auto now = std::chrono::system_clock::now();
  // A clock that was set back is not waited for.
  if (changed + kTick < now || changed > now + kTick) return !stopping_;
  return !changed_.wait_for(lock, kTick, [&] { return stopping_; });
}

std::optional<Sha256Digest> WeightsDigest::read_through(const MappedFile& file) {
  Sha256 hash;
  std::vector<std::byte> part(kPart);
  for (uint64_t at = 0; at < file.stamp().num_bytes; at += part.size()) {
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) return std::nullopt;
    }
    part.resize(size_t(std::min<uint64_t>(kPart, file.stamp().num_bytes - at)));
    if (const Status read = file.read_at(at, part); !read) {
      log_(LogLevel::kWarning, read.error().message);
      return std::nullopt;
    }
    hash.update(part);
    num_bytes_read_ += part.size();
  }
  return hash.finish();
}

std::optional<Sha256Digest> WeightsDigest::digest_of(const MappedFile& file) {
  const FileDigests known(memory_);
  std::optional<Sha256Digest> digest = known.find(file.stamp());
  const bool is_new = !digest;
  if (is_new) {
    if (!wait_until_settled(file.stamp())) return std::nullopt;
    digest = read_through(file);
  }
  if (!digest) return std::nullopt;
  // What was loaded is the file as it was opened.
  const Result<FileStamp> now = file.current_stamp();
  if (!now || *now != file.stamp()) {
    log_(LogLevel::kWarning, fmt::format("{} was changed while it is in use: prefixes on disk are not used",
                                         file.path().string()));
    return std::nullopt;
  }
  if (is_new) {
    if (const Status added = known.add(file.stamp(), *digest); !added) {
      log_(LogLevel::kWarning, added.error().message);
    }
  }
  return digest;
}

void WeightsDigest::find_out() {
  take_lowest_priority();
  Sha256 all;
  bool complete = true;
  for (const MappedFile* file : files_) {
    const auto digest = digest_of(*file);
    if (!digest) {
      complete = false;
      break;
    }
    all.update(std::as_bytes(std::span(*digest)));
  }
  const std::scoped_lock lock(mutex_);
  if (complete) digest_ = to_hex(all.finish());
  done_ = true;
  changed_.notify_all();
}

}  // namespace hearth
