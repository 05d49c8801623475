#!/usr/bin/env python3
"""Checks that includes go down only: check_layers.py [ROOT].

A file in src/ names project headers in full ("layer/file.h", from src/) and may include its own folder and folders of
lower lines of LAYERS. Folders of one line do not include each other. Layers up to the engine, the store aside, may use
only the standard library, the operating system's headers, fmt, nlohmann-json, PCRE2 and libdivsufsort, so that they
build on a bare machine and cross-compile.

The folders inside a layer are rooms: their includes may go either way, but not in a circle, and a room holds at most
40 files. Tests, and what only tests use (testing/), are in no room. Some rooms are closed to other layers: see
CLOSED_ROOMS.
"""
import collections
import pathlib
import re
import sys

from source_files import report

LAYERS = [
    ["base"],
    ["quant"],
    ["tensor"],
    ["backend", "text", "store"],
    ["formats"],
    ["models", "grammar"],
    ["engine"],
    ["api", "documents", "transfer"],
    ["server"],
    ["cli", "bindings"],
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
LEAN_RANKS = RANK["engine"]
LIBRARIES = {"fmt", "nlohmann"}
TEST_LIBRARIES = {"gtest", "gmock"}
DEVICE_FOLDERS = ("backend/cuda/", "backend/vulkan/")
SYSTEM_FOLDERS = {"asm", "linux", "sys"}
SYSTEM_HEADERS = {
    "arm_neon.h", "cpuid.h", "cxxabi.h", "dirent.h", "dlfcn.h", "fcntl.h", "immintrin.h", "malloc.h", "poll.h", "pthread.h",
    "sched.h", "signal.h", "unistd.h", "pcre2.h", "divsufsort.h",
}
MAX_ROOM_FILES = 40
# Rooms of one file format each, and of devices whose memory is the host's, and who outside of their layer may know it.
CLOSED_ROOMS = {
    "backend/host": {"engine/pool/compute.cpp"},
    "formats/gguf": {"cli/commands/inspect.cpp", "server/models/model_info.cpp"},
    "formats/huggingface": {"cli/commands/inspect.cpp"},
    "formats/safetensors": {"cli/commands/inspect.cpp"},
}
SOURCES = {".cpp", ".h", ".inl", ".cu", ".cuh"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]*)"|<([^>]*)>)', re.MULTILINE)


def check_project_include(source, name, src):
    """The fault of `#include "name"` in the file src/source, or None."""
    if ".." in pathlib.PurePosixPath(name).parts:
        return f'"{name}" leaves its folder with ..: name it from src/'
    parts = pathlib.PurePosixPath(name).parts
    if len(parts) < 2 or parts[0] not in RANK:
        return f'"{name}" is not named from src/ ("layer/file.h")'
    if not (src / name).is_file():
        return f'"{name}" does not exist in src/'
    own, other = source.parts[0], parts[0]
    if other != own and RANK[other] >= RANK[own]:
        return f'"{name}": layer {own} may not include layer {other}'
    room = pathlib.PurePosixPath(name).parent.as_posix()
    if other != own and source.as_posix() not in CLOSED_ROOMS.get(room, {source.as_posix()}) and not is_for_tests(source):
        return f'"{name}": {room} is closed to other layers'
    return None


def check_library_include(source, name):
    """The fault of `#include <name>` in the file src/source, or None."""
    layer = source.parts[0]
    if name.split("/")[0] in RANK and "/" in name:
        return f"<{name}> is a header of the project: include it in quotes"
    if RANK[layer] > LEAN_RANKS or layer == "store" or source.as_posix().startswith(DEVICE_FOLDERS):
        return None
    folder = name.split("/")[0] if "/" in name else ""
    if folder:
        allowed = LIBRARIES | SYSTEM_FOLDERS | (TEST_LIBRARIES if re.search("test|fixture|rig$", source.stem) else set())
        fine = folder in allowed
    else:
        fine = not name.endswith(".h") or name in SYSTEM_HEADERS  # <vector> and its like have no suffix
    libraries = "the standard library, fmt, nlohmann-json, PCRE2 and libdivsufsort"
    return None if fine else f"<{name}>: layer {layer} links only {libraries}"


def is_for_tests(source):
    return source.stem.endswith("_test") or "testing" in source.parts


def circle(edges):
    """Rooms of which each includes the next, the last the first; empty where there are none."""
    done = set()

    def walk(room, path):
        if room in path:
            return path[path.index(room):]
        if room in done:
            return []
        done.add(room)
        for other in sorted(edges[room]):
            if found := walk(other, path + [room]):
                return found
        return []

    return next((found for room in sorted(edges) if (found := walk(room, []))), [])


def room_faults(src):
    sizes = collections.Counter()
    edges = collections.defaultdict(dict)  # room -> {room that it includes: where}
    for path in sorted(p for p in src.rglob("*") if p.suffix in SOURCES):
        source = path.relative_to(src)
        if is_for_tests(source):
            continue
        room = source.parent.as_posix()
        sizes[room] += 1
        for name in INCLUDE.findall(path.read_text(encoding="utf-8", errors="replace")):
            other = pathlib.PurePosixPath(name[0]).parent
            if other.parts[:1] == source.parts[:1] and other.as_posix() != room:
                edges[room].setdefault(other.as_posix(), f"{source} includes {name[0]}")
    for room, size in sorted(sizes.items()):
        if size > MAX_ROOM_FILES:
            yield f"src/{room}: {size} files, at most {MAX_ROOM_FILES}: divide it by idea"
    if rooms := circle(edges):
        where = [edges[room][other] for room, other in zip(rooms, rooms[1:] + rooms[:1])]
        yield f"src/{rooms[0]}: rooms that include each other in a circle: " + "; ".join(where)


def faults(root):
    src = pathlib.Path(root) / "src"
    yield from room_faults(src)
    for path in sorted(p for p in src.rglob("*") if p.suffix in SOURCES):
        source = path.relative_to(src)
        if len(source.parts) < 2 or source.parts[0] not in RANK:
            yield f"src/{source}: not in the folder of a layer"
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for match in INCLUDE.finditer(text):
            quoted, angled = match.groups()
            fault = (check_project_include(source, quoted, src) if quoted is not None
                     else check_library_include(source, angled))
            if fault:
                yield f"src/{source}:{text.count(chr(10), 0, match.start()) + 1}: {fault}"


def main():
    return report("layers", faults(sys.argv[1] if len(sys.argv) > 1 else "."))


if __name__ == "__main__":
    sys.exit(main())
