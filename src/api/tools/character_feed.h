#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace hearth::api {

/// A coroutine that reads characters of a CharacterFeed and gives a T; another one awaits it.
template <typename T>
class [[nodiscard]] Reading {
 public:
  struct promise_type {  // NOLINT(readability-identifier-naming): the name that coroutines have it by
    T value{};
    std::coroutine_handle<> reader = std::noop_coroutine();

    struct Final {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
        return ended.promise().reader;
      }
      void await_resume() noexcept {}
    };

    Reading get_return_object() { return Reading(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    Final final_suspend() noexcept { return {}; }
    void return_value(T given) { value = std::move(given); }
    void unhandled_exception() { throw; }
  };

  Reading() = default;
  Reading(Reading&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Reading& operator=(Reading&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Reading() {
    if (handle_) handle_.destroy();
  }

  /// Of the outermost one.
  void start() { handle_.resume(); }

  bool await_ready() const { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> reader) {
    handle_.promise().reader = reader;
    return handle_;
  }
  T await_resume() { return std::move(handle_.promise().value); }

 private:
  explicit Reading(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

/// Hands a text that comes in pieces to coroutines one character at a time: they are written as if they could
/// wait for the next one, so how the text was cut changes nothing. Used by one thread at a time.
class CharacterFeed {
 public:
  static constexpr int kEnd = -1;

  class Next {
   public:
    explicit Next(CharacterFeed& feed) : feed_(feed) {}
    bool await_ready() const { return feed_.has_character_ || !feed_.returned_.empty() || feed_.has_ended_; }
    void await_suspend(std::coroutine_handle<> reader) { feed_.waiting_ = reader; }
    int await_resume() { return feed_.take(); }

   private:
    CharacterFeed& feed_;
  };

  /// The next character as an unsigned one; kEnd from the text's end on.
  Next next() { return Next(*this); }

  /// Gives characters back: they come next.
  void unread(int character) {
    if (character != kEnd) give_back(char(character));
  }
  void unread(std::string_view text) {
    for (size_t i = text.size(); i > 0; --i) give_back(text[i - 1]);
  }

  /// Keeps what is read from now on, behind `before`; what was kept is forgotten.
  void record(std::string_view before = {}) {
    is_recording_ = true;
    recorded_ = before;
  }
  /// Ends that. What was kept.
  std::string stop_recording() {
    is_recording_ = false;
    return std::exchange(recorded_, {});
  }

  void put(char character) {
    character_ = character;
    has_character_ = true;
    std::exchange(waiting_, std::noop_coroutine()).resume();
  }
  void end() {
    has_ended_ = true;
    std::exchange(waiting_, std::noop_coroutine()).resume();
  }

  /// Characters that were read, those that were given back once more: the work that was done.
  uint64_t num_read() const { return num_read_; }

 private:
  int take() {
    int character = kEnd;
    if (!returned_.empty()) {
      character = uint8_t(returned_.back());
      returned_.pop_back();
    } else if (has_character_) {
      character = uint8_t(character_);
      has_character_ = false;
    } else {
      return kEnd;
    }
    ++num_read_;
    if (is_recording_) recorded_ += char(character);
    return character;
  }
  void give_back(char character) {
    returned_ += character;
    if (is_recording_ && !recorded_.empty()) recorded_.pop_back();
  }

  std::coroutine_handle<> waiting_ = std::noop_coroutine();
  char character_ = 0;
  bool has_character_ = false, has_ended_ = false, is_recording_ = false;
  std::string returned_;  ///< the next one last
  std::string recorded_;
  uint64_t num_read_ = 0;
};

}  // namespace hearth::api
