#include "server/access/fair_pool.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace hearth::server {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr size_t kMostReleases = 256;
constexpr size_t kMostPromises = 1024;            // of a tenant
constexpr size_t kMostTenants = 8192;             // that are remembered for a promise alone
constexpr auto kGrace = std::chrono::seconds(1);  // for those who come a little late
constexpr double kShortestSeconds = 0.05, kLongestSeconds = 600;

double in_seconds(FairPool::Time time) { return Seconds(time.time_since_epoch()).count(); }

}  // namespace

void FairPool::Releases::add(Time now, size_t count) {
  if (last_.size() == kMostReleases) last_.pop_front();
  last_.emplace_back(now, count);
}

double FairPool::Releases::rate(Time begin, Time now, double more) const {
  double sum = more;
  for (const auto& [time, count] : last_) {
    if (time > begin) sum += double(count);
  }
  if (last_.size() == kMostReleases) begin = std::max(begin, last_.front().first);
  return sum / std::max(Seconds(now - begin).count(), kShortestSeconds);
}

size_t FairPool::share(const Account* account) const {
  const size_t num_tenants = accounts_.size() + (account == nullptr ? 1 : 0);
  return std::max<size_t>(1, options_.capacity / std::max<size_t>(1, num_tenants));
}

size_t FairPool::num_promised(const Account* except) const {
  if (num_promising_ == 0) return 0;
  size_t sum = 0;
  const size_t even = share(except);
  for (const auto& [name, account] : accounts_) {
    if (&account == except || account.num_promised == 0) continue;
    sum += std::min(account.num_promised, even - std::min(even, account.held));
  }
  return sum;
}

bool FairPool::fits(const Account* account, size_t count) const {
  const size_t held = account == nullptr ? 0 : account->held;
  const size_t used = all_.held, capacity = options_.capacity;
  if (count == 0) return true;
  if (count > capacity || held > capacity - count) return false;
  const bool modest = held + count <= share(account);
  if (used + count <= capacity) {
    return modest || used + count + num_promised(account) <= capacity;
  }
  const size_t left = capacity + options_.reserve - used;
  if (count > left || !modest) return false;
  return held == 0 || 2 * (held + count) <= left - count;
}

bool FairPool::give(std::string_view tenant, size_t count, bool is_new, Time now) {
  forget(now);
  const auto found = accounts_.find(std::string(tenant));
  if (!fits(found == accounts_.end() ? nullptr : &found->second, count)) return false;
  Account& account = found == accounts_.end() ? accounts_[std::string(tenant)] : found->second;
  for (Account* each : {&account, &all_}) {
    each->held += count;
    each->num_holds += is_new;
    each->taken_at_sum += double(count) * in_seconds(now);
  }
  keep_promise(account, count);
  return true;
}

void FairPool::keep_promise(Account& account, size_t count) {
  while (count > 0 && !account.promises.empty()) {
    Promise& first = account.promises.front();
    const size_t kept = std::min(count, first.count);
    count -= kept;
    first.count -= kept;
    account.num_promised -= kept;
    if (first.count > 0) return;
    account.promises.pop_front();
    if (account.promises.empty()) --num_promising_;
  }
}

void FairPool::take_back(const Hold& hold) {
  const std::scoped_lock lock(mutex_);
  const Time now = options_.now();
  const auto found = accounts_.find(hold.tenant_);
  for (Account* each : {&found->second, &all_}) {
    each->held -= hold.count_;
    --each->num_holds;
    each->taken_at_sum -= hold.taken_at_sum_;
    if (hold.count_ > 0) each->releases.add(now, hold.count_);
    if (each->held == 0) each->taken_at_sum = 0;
  }
  if (found->second.num_holds == 0 && found->second.promises.empty()) accounts_.erase(found);
}

/// Drops promises whose time is over.
void FairPool::forget(Time now) {
  if (num_promising_ == 0 || now < forget_at_) return;
  forget_at_ = now + kGrace;
  for (auto item = accounts_.begin(); item != accounts_.end();) {
    Account& account = item->second;
    const bool promised = !account.promises.empty();
    while (!account.promises.empty() && account.promises.front().due + kGrace < now) {
      account.num_promised -= account.promises.front().count;
      account.promises.pop_front();
    }
    num_promising_ -= promised && account.promises.empty();
    const bool over = account.num_holds == 0 && account.promises.empty();
    item = over ? accounts_.erase(item) : std::next(item);
  }
}

double FairPool::rate(const Account& account, Time now) const {
  // Over as long as what is held now has been held: in a steady flow any time would do, and where all was
  // taken a while ago and nothing has come free since, it is that while.
  const double held = double(account.held);
  const double age = account.held == 0 ? 1 : in_seconds(now) - account.taken_at_sum / held;
  const double next = account.num_holds == 0 ? 1 : std::max(1.0, held / double(account.num_holds));
  const auto window =
      std::chrono::duration_cast<Time::duration>(Seconds(std::clamp(age, kShortestSeconds, kLongestSeconds)));
  return account.releases.rate(now - window, now, next);
}

double FairPool::wait_s(const Account& account, size_t count, Time now) const {
  const size_t own = account.num_promised, even = share(&account);
  const bool modest = account.held + count <= even || account.held == 0;
  const auto units_beyond = [&](size_t bound, size_t used) {
    return std::max(1.0, double(used + count + own) - double(bound));
  };
  // Those who were told to come before it come first; for one below its share, no more of each than it has
  // told itself.
  const double needed = units_beyond(options_.capacity, all_.held);
  double others = 0;
  for (const auto& [name, other] : accounts_) {
    if (num_promising_ == 0) break;
    if (&other == &account) continue;
    const auto promised = double(other.num_promised);
    others += modest ? std::min(promised, needed) : promised;
  }
  const double pool_s = (needed + others) / rate(all_, now);
  if (modest) return pool_s;
  // It may also come down to its share, and take what it gives back itself.
  const double units = std::max(units_beyond(even, account.held), needed);
  return std::min(pool_s, units / rate(account, now));
}

int FairPool::promise(std::string_view tenant, size_t count) {
  const std::scoped_lock lock(mutex_);
  const Time now = options_.now();
  const auto found = accounts_.find(std::string(tenant));
  const bool is_new = found == accounts_.end();
  if (is_new && accounts_.size() >= kMostTenants) return int(kLongestSeconds);
  Account& account = is_new ? accounts_[std::string(tenant)] : found->second;
  const double seconds = std::ceil(std::clamp(wait_s(account, count, now), 1.0, kLongestSeconds));
  if (account.promises.size() < kMostPromises) {
    num_promising_ += account.promises.empty();
    account.promises.push_back({now + std::chrono::seconds(int(seconds)), count});
    account.num_promised += count;
  }
  return int(seconds);
}

std::optional<FairPool::Hold> FairPool::try_take(std::string_view tenant, size_t count) {
  const std::scoped_lock lock(mutex_);
  const Time now = options_.now();
  if (!give(tenant, count, true, now)) return std::nullopt;
  return Hold(this, tenant, count, double(count) * in_seconds(now));
}

bool FairPool::would_give(std::string_view tenant, size_t count) {
  const std::scoped_lock lock(mutex_);
  forget(options_.now());
  const auto found = accounts_.find(std::string(tenant));
  return fits(found == accounts_.end() ? nullptr : &found->second, count);
}

size_t FairPool::num_used() const {
  const std::scoped_lock lock(mutex_);
  return all_.held;
}

size_t FairPool::num_held(std::string_view tenant) const {
  const std::scoped_lock lock(mutex_);
  const auto found = accounts_.find(std::string(tenant));
  return found == accounts_.end() ? 0 : found->second.held;
}

size_t FairPool::num_tenants() const {
  const std::scoped_lock lock(mutex_);
  return accounts_.size();
}

FairPool::Hold::Hold(FairPool* pool, std::string_view tenant, size_t count, double taken_at_sum)
    : pool_(pool), tenant_(tenant), count_(count), taken_at_sum_(taken_at_sum) {}

FairPool::Hold::Hold(Hold&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      tenant_(std::move(other.tenant_)),
      count_(other.count_),
      taken_at_sum_(other.taken_at_sum_) {}

FairPool::Hold& FairPool::Hold::operator=(Hold&& other) noexcept {
  Hold old(std::move(*this));
  pool_ = std::exchange(other.pool_, nullptr);
  tenant_ = std::move(other.tenant_);
  count_ = other.count_;
  taken_at_sum_ = other.taken_at_sum_;
  return *this;
}

FairPool::Hold::~Hold() {
  if (pool_ != nullptr) pool_->take_back(*this);
}

bool FairPool::Hold::grow(size_t count) {
  const std::scoped_lock lock(pool_->mutex_);
  const Time now = pool_->options_.now();
  if (!pool_->give(tenant_, count, false, now)) return false;
  count_ += count;
  taken_at_sum_ += double(count) * in_seconds(now);
  return true;
}

}  // namespace hearth::server
