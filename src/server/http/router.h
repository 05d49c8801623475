#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/route.h"

namespace hearth::server {

/// Finds the route of a request. Immutable, safe to share between threads.
class Router {
 public:
  /// CHECKs that no two routes answer the same requests.
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;                   ///< null: 404 where `allow` is empty, else 405
    std::map<std::string, std::string> parameters;  ///< by name
    std::string allow;                              ///< methods of the path, as the Allow header lists them
    Dialect dialect = Dialect::kOpenAi;             ///< that of the path, also without a route
  };
  /// The most literal path wins. HEAD goes where GET goes.
  Match find(std::string_view method, const std::vector<std::string>& segments) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Pattern {
    size_t route;  ///< index
    std::vector<std::string> parts;
  };

  std::vector<Route> routes_;
  std::vector<Pattern> patterns_;  ///< the more literal first
};

}  // namespace hearth::server
