#pragma once

namespace hearth {

/// The first position that a row at `position` sees.
inline int first_visible(int position, int window) {
  return window > 0 && position >= window ? position - window + 1 : 0;
}

}  // namespace hearth
