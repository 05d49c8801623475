#pragma once

#include <memory>

namespace hearth::server {

class JobInterest;

/// A response that tells of a job: each line as it comes, or only the last one.
struct JobStream {
  std::shared_ptr<JobInterest> interest;
  bool streams = true;
};

}  // namespace hearth::server
