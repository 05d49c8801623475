#include "engine/cache/cold_store.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "backend/ops.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/private_file.h"
#include "base/threads.h"

namespace hearth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".kvblock";
constexpr size_t kIdentityDigits = 16;
constexpr size_t kMaxQueuedBytes = size_t(64) << 20;
constexpr size_t kMaxFetchedBytes = size_t(64) << 20;
constexpr size_t kMaxFiles = 200000;
// Room left free on the disk: this much, or a quarter of a small one.
constexpr uintmax_t kSparedBytes = uintmax_t(256) << 20;
constexpr std::array<char, 8> kMagic = {'h', 'k', 'v', 'b', 'l', 'o', 'c', '1'};

/// The head of a file; the groups' bytes follow, in order.
struct Header {
  std::array<char, 8> magic = kMagic;
  Sha256Digest identity{};
  BlockKey key{};
  std::array<TokenId, kKvBlockTokens> tokens{};
  uint32_t groups = 0;
  uint32_t reserved = 0;
  uint64_t checksum = 0;  ///< of the file, with zero here
};
static_assert(std::is_trivially_copyable_v<Header> && sizeof(Header) == 216);

/// Four sums side by side: finds damage at the speed of memory. Not made to withstand forgery.
uint64_t checksum(std::string_view bytes) {
  constexpr uint64_t kMultiplier = 0x9FB21C651E98DF25u;
  std::array<uint64_t, 4> lanes = {1, 2, 3, 4};
  const auto mix = [](uint64_t lane, uint64_t word) { return std::rotl(lane ^ word, 29) * kMultiplier; };
  size_t at = 0;
  for (; at + 32 <= bytes.size(); at += 32) {
    for (size_t lane = 0; lane < 4; ++lane) {
      uint64_t word;
      std::memcpy(&word, bytes.data() + at + 8 * lane, 8);
      lanes[lane] = mix(lanes[lane], word);
    }
  }
  for (; at < bytes.size(); ++at) lanes[0] = mix(lanes[0], uint8_t(bytes[at]));
  uint64_t sum = bytes.size();
  for (uint64_t lane : lanes) sum = mix(sum, lane ^ lane >> 31);
  return sum;
}

std::optional<BlockKey> key_from_hex(std::string_view digits) {
  BlockKey key;
  if (digits.size() != 2 * key.size()) return std::nullopt;
  for (size_t i = 0; i < key.size(); ++i) {
    const char* begin = digits.data() + 2 * i;
    const auto [end, error] = std::from_chars(begin, begin + 2, key[i], 16);
    if (error != std::errc() || end != begin + 2) return std::nullopt;
  }
  return key;
}

/// What a process that was killed has left of a file that it wrote.
bool is_draft(std::string_view name) {
  return name.ends_with(".tmp") && name.find(kSuffix) != std::string_view::npos;
}

struct FileName {
  std::string_view identity;
  BlockKey key;
  uint32_t groups = 0;
};

/// "IDENTITY-KEY-GROUPS.kvblock".
std::optional<FileName> parse_name(std::string_view name) {
  name.remove_suffix(kSuffix.size());
  constexpr size_t kKeyAt = kIdentityDigits + 1, kGroupsAt = kKeyAt + 2 * sizeof(BlockKey) + 1;
  if (name.size() <= kGroupsAt || name[kKeyAt - 1] != '-' || name[kGroupsAt - 1] != '-') return std::nullopt;
  const auto key = key_from_hex(name.substr(kKeyAt, 2 * sizeof(BlockKey)));
  FileName parsed{.identity = name.substr(0, kIdentityDigits), .key = key.value_or(BlockKey{})};
  const char* end = name.data() + name.size();
  const auto result = std::from_chars(name.data() + kGroupsAt, end, parsed.groups, 16);
  if (!key || result.ec != std::errc() || result.ptr != end || parsed.groups == 0) return std::nullopt;
  return parsed;
}

Header header_of(std::string_view content) {
  Header header;
  std::memcpy(&header, content.data(), sizeof(header));
  return header;
}

/// Puts in the checksum, which is over the content with zero in its place.
void seal(std::string& content) {
  Header header = header_of(content);
  header.checksum = checksum(content);
  std::memcpy(content.data(), &header, sizeof(header));
}

}  // namespace

ColdStore::ColdStore(ColdStoreOptions options, BlockMemory& memory)
    : options_(std::move(options)), memory_(memory) {}

Result<std::unique_ptr<ColdStore>> ColdStore::open(ColdStoreOptions options, BlockMemory& memory) {
  std::unique_ptr<ColdStore> store(new ColdStore(std::move(options), memory));
  TRY(store->scan());
  store->writer_ = TRY(start_thread([raw = store.get()] { raw->write_files(); }));
  store->reader_ = TRY(start_thread([raw = store.get()] { raw->read_files(); }));
  return store;
}

ColdStore::~ColdStore() {
  if (!writer_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  writer_.join();
  if (reader_.joinable()) reader_.join();
}

Status ColdStore::scan() {
  // Computed prefixes reveal prompts and completions.
  const Status made = make_private_folder(options_.folder, options_.log);
  if (!made && made.error().code == ErrorCode::kNoSpace) {
    tell_of_writing(made);
    return {};
  }
  TRY(made);
  has_folder_ = true;
  size_t num_narrowed = 0;
  const LogSink count_narrowed = [&](LogLevel, std::string_view) { ++num_narrowed; };
  struct Found {
    fs::file_time_type used;
    std::string name;
    size_t num_bytes;
  };
  std::vector<Found> found;
  std::error_code error;
  fs::directory_iterator entry(options_.folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    const bool is_block = name.ends_with(kSuffix);
    if (is_draft(name) || (is_block && !parse_name(name)) ||
        (is_block && !keep_private(entry->path(), count_narrowed))) {
      fs::remove(entry->path(), ignored);
    } else if (name.ends_with(kSuffix) && found.size() < kMaxFiles) {
      found.push_back({entry->last_write_time(ignored), name, size_t(entry->file_size(ignored))});
    }
  }
  if (error) {
    return fail_hint(ErrorCode::kIo, "choose a folder that you may write to",
                     "cannot use {} for KV blocks: {}", options_.folder.string(), error.message());
  }
  if (num_narrowed > 0) {
    options_.log(LogLevel::kWarning,
                 fmt::format("others could use {} files in {}; they are for their owner alone now",
                             num_narrowed, options_.folder.string()));
  }
  std::ranges::sort(found, {}, &Found::used);
  for (Found& file : found) {
    files_.push_back({file.name, file.num_bytes});
    num_bytes_ += file.num_bytes;
  }
  while (num_bytes_ > options_.max_bytes) remove_oldest();
  return {};
}

void ColdStore::identify(std::string_view identity) {
  const std::scoped_lock lock(mutex_);
  identity_ = sha256(std::as_bytes(std::span(identity)));
  is_identified_ = true;
  const std::string own = to_hex(identity_).substr(0, kIdentityDigits);
  known_.clear();
  for (auto file = files_.begin(); file != files_.end(); ++file) {
    const FileName parsed = *parse_name(file->name);
    if (parsed.identity == own) known_[parsed.key] = {parsed.groups, file};
  }
}

bool ColdStore::is_identified() const {
  const std::scoped_lock lock(mutex_);
  return is_identified_;
}

std::string ColdStore::name_of(const BlockKey& key, uint32_t groups) const {
  return fmt::format("{}-{}-{:x}{}", to_hex(identity_).substr(0, kIdentityDigits), to_hex(key), groups,
                     kSuffix);
}

void ColdStore::remove_oldest() {
  const File file = std::move(files_.front());
  if (const auto parsed = parse_name(file.name)) {
    const auto found = known_.find(parsed->key);
    if (found != known_.end() && found->second.file == files_.begin()) known_.erase(found);
  }
  files_.pop_front();
  num_bytes_ -= file.num_bytes;
  std::error_code ignored;
  fs::remove(options_.folder / file.name, ignored);
}

void ColdStore::forget(const BlockKey& key) {
  const auto found = known_.find(key);
  if (found == known_.end()) return;
  num_bytes_ -= found->second.file->num_bytes;
  std::error_code ignored;
  fs::remove(options_.folder / found->second.file->name, ignored);
  files_.erase(found->second.file);
  known_.erase(found);
}

void ColdStore::save(const BlockKey& key, std::span<const TokenId> tokens, std::span<const BlockId> blocks) {
  uint32_t groups = 0;
  size_t num_bytes = sizeof(Header);
  for (size_t g = 0; g < blocks.size(); ++g) {
    if (blocks[g] == kNoBlock) continue;
    groups |= 1u << g;
    num_bytes += memory_.num_bytes(g);
  }
  if (groups == 0 || tokens.size() != kKvBlockTokens || num_bytes > options_.max_bytes) return;
  {
    const std::scoped_lock lock(mutex_);
    if (!is_identified_) return;
    const auto found = known_.find(key);
    if (found != known_.end() && (found->second.groups & groups) == groups) return;
    if (queued_.contains(key) || num_queued_bytes_ >= kMaxQueuedBytes) return;
  }
  Header header{.identity = identity_, .key = key, .groups = groups};
  std::ranges::copy(tokens, header.tokens.begin());
  Job job{key, groups, std::string(num_bytes, '\0')};
  std::memcpy(job.content.data(), &header, sizeof(header));
  const auto rest = std::as_writable_bytes(std::span(job.content)).subspan(sizeof(header));
  size_t at = 0;
  for (size_t g = 0; g < blocks.size(); ++g) {
    if (blocks[g] == kNoBlock) continue;
    memory_.read(g, blocks[g], rest.subspan(at, memory_.num_bytes(g)));
    at += memory_.num_bytes(g);
  }
  {
    const std::scoped_lock lock(mutex_);
    queued_.insert(key);
    num_queued_bytes_ += num_bytes;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void ColdStore::write_files() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job& job = jobs_.front();
    lock.unlock();
    const std::string name = name_of(job.key, job.groups);
    seal(job.content);
    const Status written = write_file(job, name);
    tell_of_writing(written);
    lock.lock();
    if (written) add_file(job.key, job.groups, name, job.content.size());
    num_queued_bytes_ -= job.content.size();
    queued_.erase(job.key);
    jobs_.pop_front();
    changed_.notify_all();
  }
}

Status ColdStore::write_file(const Job& job, const std::string& name) {
  if (!has_folder_) TRY(make_private_folder(options_.folder, options_.log));
  has_folder_ = true;
  std::error_code error;
  const fs::space_info disk = fs::space(options_.folder, error);
  if (!error && disk.available < job.content.size() + std::min(kSparedBytes, disk.capacity / 4)) {
    return fail_hint(ErrorCode::kNoSpace, "free some disk space", "the disk of {} is nearly full",
                     options_.folder.string());
  }
  // What a power cut leaves half written is found by its checksum.
  return write_file_atomic(options_.folder / name, job.content, Durability::kCheckable);
}

/// A disk that stays full is news once.
void ColdStore::tell_of_writing(const Status& written) {
  if (!written && !writes_fail_) {
    options_.log(LogLevel::kWarning,
                 fmt::format("computed prefixes are not kept: {}", written.error().message));
  } else if (written && writes_fail_) {
    options_.log(LogLevel::kWarning, "computed prefixes are kept again");
  }
  writes_fail_ = !written;
}

void ColdStore::add_file(const BlockKey& key, uint32_t groups, std::string name, size_t num_bytes) {
  const auto found = known_.find(key);
  if (found != known_.end() && found->second.file->name != name) forget(key);
  if (const auto same = known_.find(key); same != known_.end()) {
    num_bytes_ -= same->second.file->num_bytes;
    files_.erase(same->second.file);
  }
  files_.push_back({std::move(name), num_bytes});
  known_[key] = {groups, std::prev(files_.end())};
  num_bytes_ += num_bytes;
  while (num_bytes_ > options_.max_bytes || files_.size() > kMaxFiles) remove_oldest();
}

uint32_t ColdStore::groups_of(const BlockKey& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = known_.find(key);
  return found == known_.end() ? 0 : found->second.groups;
}

/// Checks all but the tokens. Leaves zero in place of the checksum.
Status ColdStore::check(std::string& content, const BlockKey& key) const {
  if (content.size() < sizeof(Header)) return fail(ErrorCode::kCorruptData, "it is cut short");
  Header header = header_of(content);
  if (header.magic != kMagic || header.identity != identity_ || header.key != key) {
    return fail(ErrorCode::kCorruptData, "it holds something else");
  }
  size_t expected = sizeof(Header);
  for (size_t g = 0; g < memory_.num_groups(); ++g) {
    if ((header.groups >> g & 1) != 0) expected += memory_.num_bytes(g);
  }
  if (content.size() != expected) return fail(ErrorCode::kCorruptData, "its size is wrong");
  const uint64_t sum = std::exchange(header.checksum, 0);
  std::memcpy(content.data(), &header, sizeof(header));
  if (checksum(content) != sum) return fail(ErrorCode::kCorruptData, "its checksum is wrong");
  return {};
}

Result<std::string> ColdStore::read_verified(const fs::path& path, size_t num_bytes,
                                             const BlockKey& key) const {
  std::string content = TRY(read_file(path, num_bytes));
  TRY(check(content, key));
  return content;
}

void ColdStore::read_files() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !unread_.empty(); });
    if (stopping_) return;
    const std::shared_ptr<Fetch> fetch = unread_.front();
    unread_.pop_front();
    fetch->begun = true;
    lock.unlock();
    Result<std::string> content = read_verified(fetch->path, fetch->num_bytes, fetch->key);
    lock.lock();
    fetch->content = std::move(content);
    changed_.notify_all();
  }
}

void ColdStore::fetch(std::span<const BlockKey> keys) {
  {
    const std::scoped_lock lock(mutex_);
    const auto former = std::exchange(fetches_, {});
    unread_.clear();
    size_t num_bytes = 0;
    for (const BlockKey& key : keys) {
      const auto known = known_.find(key);
      if (known == known_.end()) break;
      const File& file = *known->second.file;
      num_bytes += file.num_bytes;
      if (!fetches_.empty() && num_bytes > kMaxFetchedBytes) break;
      const auto found = former.find(key);
      auto fetch = found != former.end() ? found->second : std::make_shared<Fetch>();
      if (found == former.end()) {
        *fetch = {.key = key, .path = options_.folder / file.name, .num_bytes = file.num_bytes};
      }
      if (!fetch->begun) unread_.push_back(fetch);
      fetches_.emplace(key, std::move(fetch));
    }
  }
  changed_.notify_all();
}

bool ColdStore::is_fetched(const BlockKey& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = fetches_.find(key);
  return found != fetches_.end() ? found->second->content.has_value() : !known_.contains(key);
}

/// The fetched content, or else reads it now.
Result<std::string> ColdStore::take_content(const BlockKey& key, const fs::path& path, size_t num_bytes) {
  {
    std::unique_lock lock(mutex_);
    if (const auto found = fetches_.find(key); found != fetches_.end()) {
      const std::shared_ptr<Fetch> fetch = found->second;
      changed_.wait(lock, [&] { return fetch->content.has_value(); });
      fetches_.erase(found);
      return std::move(*fetch->content);
    }
  }
  return read_verified(path, num_bytes, key);
}

bool ColdStore::load(const BlockKey& key, std::span<const TokenId> tokens, std::span<const BlockId> blocks) {
  fs::path path;
  size_t num_bytes = 0;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = known_.find(key);
    if (found == known_.end()) return false;
    path = options_.folder / found->second.file->name;
    num_bytes = found->second.file->num_bytes;
    files_.splice(files_.end(), files_, found->second.file);
  }
  const Result<std::string> content = take_content(key, path, num_bytes);
  Status good = content ? Status() : Status(std::unexpected(content.error()));
  if (good && !std::ranges::equal(header_of(*content).tokens, tokens)) {
    good = fail(ErrorCode::kCorruptData, "it holds something else");
  }
  uint32_t wanted = 0;
  for (size_t g = 0; g < blocks.size(); ++g) wanted |= blocks[g] == kNoBlock ? 0u : 1u << g;
  if (!good || (header_of(*content).groups & wanted) != wanted) {
    options_.log(LogLevel::kWarning, fmt::format("removed {}: {}", path.string(),
                                                 good ? "it lacks layers" : good.error().message));
    const std::scoped_lock lock(mutex_);
    forget(key);
    return false;
  }
  const uint32_t groups = header_of(*content).groups;
  const auto rest = std::as_bytes(std::span(*content)).subspan(sizeof(Header));
  size_t at = 0;
  for (size_t g = 0; g < blocks.size(); ++g) {
    if ((groups >> g & 1) == 0) continue;
    if (blocks[g] != kNoBlock) memory_.write(g, blocks[g], rest.subspan(at, memory_.num_bytes(g)));
    at += memory_.num_bytes(g);
  }
  // The order of use outlives the process.
  std::error_code ignored;
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  return true;
}

void ColdStore::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return num_queued_bytes_ < kMaxQueuedBytes; });
}

void ColdStore::flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return jobs_.empty(); });
}

size_t ColdStore::num_bytes() const {
  const std::scoped_lock lock(mutex_);
  return num_bytes_;
}

}  // namespace hearth
