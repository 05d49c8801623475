#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

// Runs the program itself, for tests.

namespace hearth::cli {

struct ProgramRun {
  int exit_code = -1;
  std::string out, err;
};

/// Runs a shell script, for which $HEARTH is the program, in a folder of its own, with `input` on standard
/// input.
inline ProgramRun run_script(const std::string& script, const std::string& input = "") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("hearth_run_" + std::to_string(::getpid()));
  fs::create_directories(folder / "work");
  std::ofstream(folder / "in") << input;
  std::ofstream(folder / "script") << script;
  const std::string command =
      "cd '" + folder.string() + "/work' && HEARTH='" HEARTH_PROGRAM "' sh ../script <../in >../out 2>../err";
  const int status = std::system(command.c_str());
  const auto content = [&](const char* name) {
    std::ifstream file(folder / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  ProgramRun run{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content("out"),
                 content("err")};
  fs::remove_all(folder);
  return run;
}

/// Runs `hearth ARGUMENTS` by the shell, with `setup` (assignments) before it and `input` on standard input.
inline ProgramRun run_program(const std::string& arguments, const std::string& input = "",
                              const std::string& setup = "") {
  return run_script(setup + " \"$HEARTH\" " + arguments, input);
}

}  // namespace hearth::cli
