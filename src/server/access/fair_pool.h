#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace hearth::server {

/// Units (places, bytes) that tenants share. A tenant that is alone may hold the whole capacity. Once that is
/// exhausted:
///
/// - A tenant that was refused below its even share has freed units reserved for it until its Retry-After;
///   tenants above their share get the rest (max-min fairness).
/// - A reserve beyond the capacity admits new tenants while earlier ones hold everything. Each may take a
/// third
///   of what is left of it (dynamic thresholds, Choudhury and Hahne 1998).
///
/// Thread-safe. Must outlive its holds.
class FairPool {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Options {
    size_t capacity = 0;
    size_t reserve = 0;
    std::function<Time()> now = [] { return std::chrono::steady_clock::now(); };
  };
  /// Units that a tenant holds, released by the destructor.
  class Hold;

  explicit FairPool(Options options) : options_(std::move(options)) {}
  FairPool(const FairPool&) = delete;
  FairPool& operator=(const FairPool&) = delete;

  /// Nothing: the tenant cannot have that many now.
  std::optional<Hold> try_take(std::string_view tenant, size_t count);
  /// Whether try_take would succeed now.
  bool would_give(std::string_view tenant, size_t count);
  /// After a refusal: the seconds for Retry-After, estimated from the present rate of releases and the
  /// promises made before. Freed units are reserved for the tenant until then.
  int promise(std::string_view tenant, size_t count);

  size_t capacity() const { return options_.capacity; }
  size_t num_used() const;
  size_t num_held(std::string_view tenant) const;
  /// Tenants that hold units or have a promise.
  size_t num_tenants() const;

 private:
  /// The last releases, for the rate at which units come free.
  class Releases {
   public:
    void add(Time now, size_t count);
    /// Units a second since `begin`, where `more` is what may come free next.
    double rate(Time begin, Time now, double more) const;

   private:
    std::deque<std::pair<Time, size_t>> last_;
  };
  struct Promise {
    Time due;
    size_t count;
  };
  struct Account {
    size_t held = 0;
    size_t num_holds = 0;
    double taken_at_sum = 0;  ///< of each unit, in seconds
    Releases releases;
    std::deque<Promise> promises;  ///< not yet due
    size_t num_promised = 0;       ///< units of all of them
  };

  bool give(std::string_view tenant, size_t count, bool is_new, Time now);
  void take_back(const Hold& hold);
  void keep_promise(Account& account, size_t count);
  void forget(Time now);
  // A null account is that of an unknown tenant.
  bool fits(const Account* account, size_t count) const;
  size_t share(const Account* account) const;
  size_t num_promised(const Account* except) const;
  double wait_s(const Account& account, size_t count, Time now) const;
  double rate(const Account& account, Time now) const;

  const Options options_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Account> accounts_;  ///< guarded by mutex_, as all below
  Account all_;
  size_t num_promising_ = 0;  ///< accounts with promises
  Time forget_at_ = {};
};

class FairPool::Hold {
 public:
  Hold(Hold&& other) noexcept;
  Hold& operator=(Hold&& other) noexcept;
  ~Hold();

  /// False: it is unchanged.
  [[nodiscard]] bool grow(size_t count);
  size_t count() const { return count_; }
  /// FairPool::promise, after `grow` has failed.
  int promise(size_t count) { return pool_->promise(tenant_, count); }

 private:
  friend class FairPool;
  Hold(FairPool* pool, std::string_view tenant, size_t count, double taken_at_sum);

  FairPool* pool_;
  std::string tenant_;
  size_t count_;
  double taken_at_sum_;  ///< of each unit
};

}  // namespace hearth::server
