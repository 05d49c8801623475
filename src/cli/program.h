#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments/arguments.h"
#include "cli/command.h"
#include "store/model_path.h"

namespace hearth::cli {

/// The program as its commands declare it.
class Program {
 public:
  explicit Program(const std::vector<Command>& commands);
  ~Program();

  /// Does what the words behind the program's name ask for. Errors: those of the command line
  /// (kInvalidArgument), and those of the command.
  Status run(std::span<const std::string> words, const Environment& environment);

  Arguments& arguments() { return arguments_; }
  std::string help() const { return arguments_.help(); }

 private:
  std::unique_ptr<CLI::App> app_;
  Arguments arguments_;
};

}  // namespace hearth::cli
