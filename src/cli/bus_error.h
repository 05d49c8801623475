#pragma once

namespace hearth::cli {

/// Ends the process with a line of cause and one of remedy, and the exit code of kIo, where a mapped file
/// loses pages that are still to be read: it became shorter, or its disk fails. Without it the system ends
/// the process with nothing but "Bus error". For main(), once.
void report_bus_errors();

}  // namespace hearth::cli
