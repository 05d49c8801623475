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

/// Units (places, bytes) that tenants share. One tenant alone may hold the whole capacity. Once it is used
/// up:
///
/// - Whoever holds less than an even share, and was turned away, has what comes free kept for it, until the
/// time
///   it was told to come back; those above their share get the rest (max-min fairness).
/// - A reserve beyond the capacity lets newcomers in though those who were there first hold everything,
/// perhaps
///   for long. Each may take a third of what is left, so that there is some for the next (dynamic thresholds,
///   Choudhury and Hahne 1998).
///
/// Thread-safe. Must outlive what it gives.
class FairPool {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Options {
    size_t capacity = 0;
    size_t reserve = 0;
    std::function<Time()> now = [] { return std::chrono::steady_clock::now(); };
  };
  /// Units that a tenant has, until this goes.
  class Hold;

  explicit FairPool(Options options) : options_(std::move(options)) {}
  FairPool(const FairPool&) = delete;
  FairPool& operator=(const FairPool&) = delete;

  /// Nothing: the tenant may not have so many now.
  std::optional<Hold> try_take(std::string_view tenant, size_t count);
  /// Whether try_take would give them now.
  bool would_give(std::string_view tenant, size_t count);
  /// For one that was turned away: whole seconds after which it is likely to get what it asked for, by how
  /// fast what it may have comes free now, and by who was told to come before it. What comes free is kept for
  /// it.
  int promise(std::string_view tenant, size_t count);

  size_t capacity() const { return options_.capacity; }
  size_t num_used() const;
  size_t num_held(std::string_view tenant) const;
  /// Tenants that hold something, or were told to come back.
  size_t num_tenants() const;

 private:
  /// The last releases, as a measure of how fast units come free.
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
    std::deque<Promise> promises;  ///< that have not come due
    size_t num_promised = 0;       ///< units of all of them
  };

  bool give(std::string_view tenant, size_t count, bool is_new, Time now);
  void take_back(const Hold& hold);
  void keep_promise(Account& account, size_t count);
  void forget(Time now);
  // Null: a tenant that is not known.
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

  /// False: it stays as it is.
  [[nodiscard]] bool grow(size_t count);
  size_t count() const { return count_; }
  /// As FairPool::promise, where it could not grow.
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
