#include "cli/transfer/transfer_command.h"

#include <chrono>
#include <optional>
#include <stop_token>
#include <thread>

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/printable.h"
#include "cli/arguments/value_kind.h"
#include "cli/chat/interrupt.h"
#include "cli/session_options.h"
#include "cli/terminal.h"
#include "cli/transfer/progress_text.h"
#include "store/find_model.h"

namespace hearth::cli {
namespace {

constexpr std::chrono::milliseconds kShowEvery{100};
constexpr std::chrono::milliseconds kLookEvery{50};
constexpr size_t kUsualWidth = 80;

size_t terminal_width() {
  winsize size = {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col - 1U : kUsualWidth;
}

/// "500k", "10M", "1G": thousands, millions, and so on.
Result<uint64_t> parse_amount(std::string_view text) {
  constexpr std::string_view kUnits = "kmgt";
  uint64_t factor = 1;
  std::string_view number = text;
  if (!number.empty()) {
    const char last = char(number.back() | 0x20);
    const size_t unit = kUnits.find(last);
    if (unit != std::string_view::npos) {
      for (size_t i = 0; i <= unit; ++i) factor *= 1000;
      number.remove_suffix(1);
    }
  }
  const auto value = parse_number<uint64_t>(number);
  constexpr uint64_t kMost = uint64_t(1) << 50;
  if (!value || *value == 0 || *value > kMost / factor) {
    return fail_hint(ErrorCode::kInvalidArgument, "write it as 500k, 10M or 1G", "{} is no amount of bytes",
                     hearth::quoted(text));
  }
  return *value * factor;
}

std::string amount_text(uint64_t bytes) {
  constexpr std::string_view kUnits = "kMGT";
  size_t unit = 0;
  for (; bytes > 0 && bytes % 1000 == 0 && unit < kUnits.size(); ++unit) bytes /= 1000;
  return unit == 0 ? std::to_string(bytes) : std::to_string(bytes) + kUnits[unit - 1];
}

/// Shows how far a transfer is: a line that changes on a terminal, else a line for each step, or JSON.
class ProgressShow {
 public:
  explicit ProgressShow(const TransferCommand& command) : command_(command) {}
  ~ProgressShow() {
    if (shows_line_) show_progress("");
  }
  ProgressShow(const ProgressShow&) = delete;
  ProgressShow& operator=(const ProgressShow&) = delete;

  void show(const TransferProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    const bool is_new = progress.status != last_status_;
    const bool is_done = progress.total > 0 && progress.completed == progress.total;
    if (is_new) meter_ = RateMeter();
    meter_.add(now, progress.completed);
    if (!is_new && now - last_shown_ < kShowEvery && (!is_done || was_done_)) return;
    if (!is_new && is_done && was_done_) return;
    last_status_ = progress.status;
    last_shown_ = now;
    was_done_ = is_done;
    if (command_.json) {
      print_out("{}\n", progress_json(progress));
    } else if (command_.quiet) {
      return;
    } else if (is_terminal(stderr)) {
      if (is_new && shows_line_) print_err("\n");
      show_progress(progress_line(progress, meter_.rate(), terminal_width()));
      shows_line_ = true;
    } else if (is_new) {
      const std::string size = progress.total > 0 ? fmt::format(" ({})", byte_text(progress.total)) : "";
      print_line(progress.status + size);
    }
  }

 private:
  const TransferCommand& command_;
  RateMeter meter_;
  std::string last_status_;
  bool was_done_ = false, shows_line_ = false;
  std::chrono::steady_clock::time_point last_shown_ = {};
};

/// Who names a host on the command line means that host, wherever it is.
void trust_named_host(const ModelName& name, TransferOptions& options) {
  if (name.source == ModelSource::kUrl) {
    if (const auto url = transfer::Url::parse(name.url)) {
      options.trusted_hosts.push_back(url->host + ':' + std::to_string(url->port));
    }
  } else if (name.source == ModelSource::kRegistry) {
    for (const char* scheme : {"https://", "http://"}) {
      if (const auto url = transfer::Url::parse(scheme + name.host)) {
        options.trusted_hosts.push_back(url->host + ':' + std::to_string(url->port));
      }
    }
  }
}

}  // namespace

void add_transfer_options(Arguments& arguments, TransferCommand& command) {
  const ValueKind<uint64_t> amount{"BYTES", "as 500k, 10M, 1G", parse_amount, amount_text};
  arguments.flag("--insecure", command.insecure,
                 "allow plain HTTP, and certificates that nobody vouches for");
  arguments
      .option("--limit-rate", command.bytes_per_second, amount,
              "the most that goes over the network in a second")
      .unless_given("no limit");
  arguments.option("--connections", command.num_connections, number(1, 16),
                   "connections at once for one file");
  arguments.option("--chunk-size", command.chunk_bytes, amount, "what one request asks for")
      .unless_given("16 to 64 MiB, by the file's size");
  arguments.flag("--json", command.json, "print progress as JSON, an object a line");
  arguments.flag("-q,--quiet", command.quiet, "do not show how far it is");
}

Status run_transfers(const TransferCommand& command, Transfer transfer) {
  const LogSink log = stderr_log(false);
  const Environment environment = process_environment();
  TransferOptions options = TRY(TransferOptions::from_environment(environment));
  options.bytes_per_second = command.bytes_per_second;
  options.num_connections = command.num_connections;
  if (command.chunk_bytes > 0) options.min_chunk = options.max_chunk = command.chunk_bytes;
  std::vector<ModelName> names;
  for (const std::string& name : command.names) names.push_back(TRY(ModelName::parse(name)));
  const auto store = TRY(open_user_store(environment, log));
  InterruptGuard interrupt;
  std::stop_source stop;
  const std::jthread watch([&](const std::stop_token& over) {
    while (!over.stop_requested()) {
      if (interrupt.take()) stop.request_stop();
      std::this_thread::sleep_for(kLookEvery);
    }
  });
  for (const ModelName& name : names) {
    TransferOptions own = options;
    trust_named_host(name, own);
    ProgressShow show(command);
    TRY(transfer(
        {.name = name, .insecure = command.insecure}, *store, own,
        [&](const TransferProgress& progress) { show.show(progress); }, stop.get_token(), log));
  }
  return {};
}

}  // namespace hearth::cli
