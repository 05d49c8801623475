#pragma once

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

// Runs `hearth serve` as a program, for tests.

namespace hearth::cli {

/// The program with its standard output in a pipe, its data and cache in a folder.
class ServerProgram {
 public:
  struct Options {
    std::string arguments = "-q";
    std::string setup = "";     ///< of the shell, before the program
    std::string redirect = "";  ///< behind its arguments
    std::string model = HEARTH_SOURCE_DIR "/tests/fixtures/models/llama3.gguf";  ///< empty: none
    uint16_t port = 0;                                                           ///< 0: any
    int standard_error = STDERR_FILENO;
  };

  ServerProgram(const std::filesystem::path& home, const Options& options) : port_(options.port) {
    std::array<int, 2> ends = {-1, -1};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, options.standard_error, STDERR_FILENO);
    const std::string command =
        "export XDG_DATA_HOME='" + home.string() + "' XDG_CACHE_HOME='" + home.string() + "/cache'; " +
        options.setup + " exec '" HEARTH_PROGRAM "' serve " +
        (options.model.empty() ? "" : "'" + options.model + "'") + " --port " + std::to_string(options.port) +
        " -t 1 " + options.arguments + ' ' + options.redirect;
    const std::array<const char*, 4> arguments = {"sh", "-c", command.c_str(), nullptr};
    EXPECT_EQ(::posix_spawn(&pid_, "/bin/sh", &actions, nullptr, const_cast<char* const*>(arguments.data()),
                            environ),
              0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    char c;
    while (::read(ends[0], &c, 1) == 1 && c != '\n') line_ += c;
    ::close(ends[0]);
  }
  explicit ServerProgram(const std::filesystem::path& home, const std::string& arguments = "")
      : ServerProgram(home, Options{.arguments = "-q " + arguments}) {}
  ServerProgram(const std::filesystem::path& home, const std::string& arguments, const std::string& model)
      : ServerProgram(home, Options{.arguments = "-q " + arguments, .model = model}) {}
  ServerProgram(const ServerProgram&) = delete;
  ServerProgram& operator=(const ServerProgram&) = delete;
  ~ServerProgram() {
    if (pid_ > 0) stop(SIGKILL);
  }

  /// What it said when it was ready.
  const std::string& line() const { return line_; }
  uint16_t port() const {
    return line_.empty() ? port_ : uint16_t(std::atoi(line_.c_str() + line_.rfind(':') + 1));
  }
  void send(int signal) const { ::kill(pid_, signal); }
  /// The exit code; 128 and the signal's number where it died of one.
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  int stop(int signal) {
    send(signal);
    return wait();
  }

 private:
  pid_t pid_ = -1;
  const uint16_t port_;
  std::string line_;
};

}  // namespace hearth::cli
