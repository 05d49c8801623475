#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/route.h"

namespace hearth::server {

/// Finds the route of a request. Immutable, safe to share between threads.
class Router {
 public:
  /// CHECKs that no two routes are for the same requests.
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;                   ///< null: 404 where `allow` is empty, else 405
    std::map<std::string, std::string> parameters;  ///< by name
    std::string allow;                              ///< methods of the path, as the Allow header lists them
    const api::Dialect* dialect = nullptr;          ///< that of the path's route, whatever its method
  };
  /// The most literal path wins; of routes with one path that of the marked dialect, else that of a dialect
  /// without a marker. HEAD is served by GET.
  Match find(std::string_view method, const std::vector<std::string>& segments,
             const api::Dialect* marked = nullptr) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  /// Sorts literals before parameters, and those before the rest of a path.
  using SortKey = std::vector<std::pair<int, std::string>>;
  struct Pattern {
    size_t route;  ///< index
    std::vector<std::string> parts;
    SortKey key;
  };
  static SortKey sort_key(const std::vector<std::string>& parts);

  std::vector<Route> routes_;
  std::vector<Pattern> patterns_;  ///< the more literal first
};

}  // namespace hearth::server
