#include <string>
#include <vector>

#include "cli/bus_error.h"
#include "cli/exit_code.h"
#include "cli/process_setup.h"
#include "cli/program.h"
#include "cli/terminal.h"

namespace {

int fail_with(const hearth::Error& error) {
  hearth::cli::print_error(error);
  return hearth::cli::exit_code(error.code);
}

int run_program(int argc, char** argv) {
  hearth::cli::Program program(hearth::cli::all_commands());
  if (argc < 2) {
    hearth::cli::print_text(stderr, program.help());
    return hearth::cli::exit_code(hearth::ErrorCode::kInvalidArgument);
  }
  const std::vector<std::string> words(argv + 1, argv + argc);
  const hearth::Status status = program.run(words, hearth::process_environment());
  return status ? 0 : fail_with(status.error());
}

/// What was printed and did not arrive is not done.
int flush_output(int code) {
  const hearth::Status arrived = hearth::cli::output_status();
  return code == 0 && !arrived ? fail_with(arrived.error()) : code;
}

}  // namespace

int main(int argc, char** argv) {
  hearth::cli::set_up_process();
  hearth::cli::report_bus_errors();
  return hearth::cli::on_ample_stack([&] {
    try {
      return flush_output(run_program(argc, argv));
    } catch (...) {
      return fail_with(hearth::cli::error_of(std::current_exception()));
    }
  });
}
