#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/printable.h"
#include "cli/chat/interrupt.h"
#include "cli/command.h"
#include "cli/library/library.h"
#include "cli/terminal.h"

namespace hearth::cli {
namespace {

struct VerifyOptions {
  std::vector<std::string> models;
  bool repair = false;
  bool json = false;
};

struct Finding {
  std::string name;
  uint64_t num_bytes = 0;
  std::vector<std::string> faults = {};
};

/// Verifies blobs once, however many models share them.
class Verifier {
 public:
  Verifier(ModelStore& store, bool repair) : store_(store), repair_(repair) {}

  Result<Finding> verify(const ModelName& name) {
    Finding finding{.name = name.text()};
    const auto manifest = store_.manifest(name);
    if (!manifest) {
      finding.faults.push_back(manifest.error().message);
      return finding;
    }
    finding.num_bytes = manifest->num_bytes();
    std::vector<Layer> files = manifest->layers;
    if (manifest->config) files.push_back(*manifest->config);
    for (const Layer& file : files) {
      const std::string& fault = TRY(verify_blob(file));
      if (!fault.empty()) finding.faults.push_back(fault);
    }
    return finding;
  }

 private:
  Result<std::string> verify_blob(const Layer& file) {
    const auto known = faults_.find(file.digest);
    if (known != faults_.end()) return known->second;
    const std::filesystem::path path = store_.blobs().path(file.digest);
    const auto progress = [&](uint64_t num_bytes) {
      progress_.show(path, num_bytes);
      if (interrupt_.take()) stop_.request_stop();
    };
    const Status verified = store_.blobs().verify(file.digest, progress, stop_.get_token());
    std::string fault;
    if (!verified && verified.error().code == ErrorCode::kCancelled) return std::unexpected(verified.error());
    if (!verified) fault = verified.error().message;
    if (verified && !store_.blobs().has(file.digest, file.num_bytes)) {
      fault = fmt::format("{} has not the size that the manifest says", path.string());
    }
    // Without it a pull fetches it anew, which it would not where it is there.
    if (repair_ && !verified && verified.error().code == ErrorCode::kCorruptData) {
      TRY(store_.blobs().remove(file.digest));
      fault += " (removed)";
    }
    return faults_[file.digest] = fault;
  }

  ModelStore& store_;
  bool repair_;
  std::map<BlobDigest, std::string> faults_;
  FileProgress progress_;
  InterruptGuard interrupt_;
  std::stop_source stop_;
};

Result<std::vector<Finding>> verify_all(const VerifyOptions& options) {
  const auto store = TRY(open_library());
  std::vector<ModelName> names;
  for (const std::string& model : options.models) {
    names.push_back(TRY(ModelName::parse(model)));
    if (const auto manifest = store->manifest(names.back());
        !manifest && manifest.error().code == ErrorCode::kNotFound) {
      return std::unexpected(manifest.error());
    }
  }
  if (options.models.empty()) names = store->names();
  Verifier verifier(*store, options.repair);
  std::vector<Finding> findings;
  for (const ModelName& name : names) findings.push_back(TRY(verifier.verify(name)));
  return findings;
}

Status verify(const VerifyOptions& options) {
  const std::vector<Finding> findings = TRY(verify_all(options));
  size_t num_bad = 0;
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    num_bad += !finding.faults.empty();
    json.push_back({{"name", finding.name}, {"ok", finding.faults.empty()}, {"faults", finding.faults}});
    if (options.json) continue;
    print_out("{} {}\n", finding.name, finding.faults.empty() ? "is whole" : "is damaged");
    for (const std::string& fault : finding.faults) print_out("  {}\n", visible_line(fault));
  }
  if (options.json) print_json({{"models", json}});
  if (num_bad == 0) return {};
  return fail_hint(ErrorCode::kCorruptData,
                   options.repair ? "pull or import them again"
                                  : "have what is damaged removed (--repair), and pull it again",
                   "{} of {} models are damaged", num_bad, findings.size());
}

}  // namespace

Command command_verify() {
  return {"verify", "Read models through, whether they are what they were",
          [](Arguments& arguments) -> std::function<Status()> {
            auto options = std::make_shared<VerifyOptions>();
            arguments.words("NAME", options->models, "models of the store").unless_given("all of them");
            arguments.flag("--repair", options->repair,
                           "remove damaged files, so that a pull fetches them anew");
            arguments.flag("--json", options->json, "print JSON");
            return [options] { return verify(*options); };
          }};
}

}  // namespace hearth::cli
