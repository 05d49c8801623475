#pragma once

#include <string>

#include "api/call/dialect.h"
#include "server/jobs/job.h"
#include "server/runs/exchange_run.h"

namespace hearth::server {

/// Where the bytes of a streamed response come from. For the home thread.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  /// Those since the last call; with the last of them also an error that ends the stream.
  virtual std::string take() = 0;
  /// There are no more.
  virtual bool at_end() const = 0;
  /// What is sent when there was nothing else to send for a while.
  virtual std::string filler() const = 0;
};

/// The frames of an exchange.
class RunFrames final : public FrameSource {
 public:
  explicit RunFrames(StreamReader& reader) : reader_(reader) {}
  std::string take() override;
  bool at_end() const override { return reader_.at_end(); }
  std::string filler() const override { return reader_.run().keep_alive(); }

 private:
  StreamReader& reader_;
};

/// The lines of a job.
class JobFrames final : public FrameSource {
 public:
  JobFrames(JobReader& reader, const api::Dialect& dialect) : reader_(reader), dialect_(dialect) {}
  std::string take() override;
  bool at_end() const override { return reader_.at_end(); }
  std::string filler() const override { return std::string(api::kJsonLines.filler); }

 private:
  JobReader& reader_;
  const api::Dialect& dialect_;
};

}  // namespace hearth::server
