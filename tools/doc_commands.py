#!/usr/bin/env python3
"""Runs the commands of the documentation: doc_commands.py HEARTH MODEL [--junit FILE] FILE.md...

A fenced block without a language, or of `sh` or `bash`, is commands, one a line unless a quote or a backslash carries it on.
Each runs in bash, in a scratch folder that has what the documentation speaks of: model.gguf, letter.txt, book.txt, chat.json
and $HEARTH_MODELS with the model. It must end with status 0, and print something; what is said to be JSON must be it.
`hearth serve` stays until its block ends, and the commands behind it find it on a port of its own.

A comment above a block tells of what cannot run like that:
  <!-- doc-test: skip: REASON -->              the block is not run
  <!-- doc-test: skip `COMMAND`: REASON -->    this command of it is not run
  <!-- doc-test: type `COMMAND`: ONE | TWO --> it gets a terminal, on which these lines are typed
  <!-- doc-test: silent `COMMAND`: REASON -->  it prints nothing
"""
import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

TIMEOUT_S = 120
FENCE = re.compile(r"^```(\w*)\s*$")
MARK = re.compile(r"<!-- doc-test: (.*?) -->")
MARK_TEXT = re.compile(r"(skip|type|silent)(?: `([^`]+)`)?: (\S.*)")
DEFAULT_PORT = 11434
# What the documentation leaves open, so that runs are short and find a free port. What it says comes later and counts.
WRAPPER = """#!/bin/bash
command=$1
shift
case $command in
  run) exec '{program}' run --max-tokens 24 --seed 1 "$@" ;;
  bench) exec '{program}' bench --repetitions 1 "$@" ;;
  serve) exec '{program}' serve --port {port} --ctx 1024 "$@" ;;
  *) exec '{program}' "$command" "$@" ;;
esac
"""
LETTER = "Dear friend,\n\nwill you come to the garden on Sunday? There will be cake.\n\nYours, Ann\n"
WORDS = "The river runs past the mill and the old bridge, and in spring the fields beside it are under water. "
CHAT = '{"messages": [{"role": "user", "content": "Hello"}]}\n'


class DocError(Exception):
    """A mark that says nothing, or nothing of what is there."""


@dataclasses.dataclass
class Command:
    file: str
    line: int
    text: str
    block: int  # line of its fence
    skipped: str = ""
    typed: list = dataclasses.field(default_factory=list)
    silent: bool = False

    @property
    def name(self):
        return f"{self.file}:{self.line} {' '.join(self.text.split())}"


def is_complete(text):
    """Whether bash would not wait for another line."""
    if text.endswith("\\"):
        return False
    answer = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
    return not re.search("unexpected (EOF|end of file)|here-document", answer.stderr)


def parse_mark(text, where):
    mark = MARK_TEXT.fullmatch(text)
    if not mark:
        raise DocError(f"{where}: a mark is `skip: REASON`, or skip, type or silent with a command: {text}")
    kind, command, rest = mark.groups()
    if command is None and kind != "skip":
        raise DocError(f"{where}: `{kind}` needs a command")
    return kind, command, rest


def block_commands(file, lines, fence):
    """The commands of the block whose first line has the index `fence + 1`."""
    text, start = "", 0
    for index in range(fence + 1, len(lines)):
        if lines[index].startswith("```"):
            if text:
                raise DocError(f"{file}:{start + 1}: the block ends within a command")
            return
        if not text and (not lines[index].strip() or lines[index].lstrip().startswith("#")):
            continue
        start = start if text else index
        text += ("\n" if text else "") + lines[index]
        if is_complete(text):
            yield Command(file, start + 1, text, fence + 1)
            text = ""
    raise DocError(f"{file}:{fence + 1}: the block has no end")


def apply_marks(commands, marks, where):
    for kind, text, rest in marks:
        meant = [c for c in commands if text in (None, re.sub(r"\s+#\s.*$", "", c.text))]
        if not meant:
            raise DocError(f"{where}: a mark names `{text}`, which is not in the block")
        for command in meant:
            if kind == "skip":
                command.skipped = rest
            elif kind == "type":
                command.typed = [part.strip() for part in rest.split(" | ")]
            else:
                command.silent = True


def commands_of(file, text):
    """Every command of a Markdown file, with what its marks say."""
    lines, marks, language = text.split("\n"), [], None
    for index, line in enumerate(lines):
        where = f"{file}:{index + 1}"
        fence = FENCE.match(line)
        if language is not None:
            language = None if fence else language
            continue
        if fence:
            language = fence.group(1)
            commands = list(block_commands(file, lines, index)) if language in ("", "sh", "bash") else []
            apply_marks(commands, marks, where)
            yield from commands
            marks = []
        elif MARK.search(line):
            marks += [parse_mark(mark, where) for mark in MARK.findall(line)]
        elif line.strip() and marks:
            raise DocError(f"{where}: a mark stands right above its block")
    if marks:
        raise DocError(f"{file}: a mark stands above no block")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Workplace:
    """The scratch folder, and the servers that run in it."""

    def __init__(self, folder, program, model):
        self.folder, self.port, self.server = folder, free_port(), None
        for name in ("bin", "home", "models", "work"):
            (folder / name).mkdir()
        wrapper = folder / "bin/hearth"
        wrapper.write_text(WRAPPER.format(program=program, port=self.port))
        wrapper.chmod(0o755)
        work = folder / "work"
        for link in (folder / "models" / model.name, work / "model.gguf"):
            link.symlink_to(model)
        (work / "letter.txt").write_text(LETTER)
        (work / "book.txt").write_text(WORDS * 40)
        (work / "chat.json").write_text(CHAT)
        (folder / "home/.curlrc").write_text("silent\nshow-error\nfail-with-body\n")
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "HEARTH_"))}
        self.environment = keep | {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": f"{folder}/home",
                                   "HEARTH_MODELS": f"{folder}/models"}

    def bash(self, text, **streams):
        text = text.replace(f":{DEFAULT_PORT}", f":{self.port}")
        return subprocess.Popen(["bash", "-o", "pipefail", "-c", text], cwd=self.folder / "work", env=self.environment,
                                start_new_session=True, **streams)

    def start_server(self, text):
        with open(self.folder / "server.log", "w", encoding="utf-8") as log:
            self.server = self.bash(re.sub(r"&\s*$", "", text), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + TIMEOUT_S
        while self.server.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return ""
            time.sleep(0.05)
        self.stop_server()
        return f"the server does not answer: {(self.folder / 'server.log').read_text()[-2000:]}"

    def stop_server(self):
        if self.server is not None:
            stop(self.server)
            self.server = None


def stop(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def json_fault(text):
    """What keeps it from being JSON, or a stream of events with JSON."""
    events = re.findall(r"^data: (.*)$", text, re.MULTILINE)
    try:
        for part in [e for e in events if e != "[DONE]"] or [text]:
            json.loads(part)
    except json.JSONDecodeError as error:
        return f"it printed no JSON ({error}): {text[:500]}"
    return ""


def run_typed(place, command):
    """The command on a terminal of its own; its status and what it showed."""
    ours, theirs = pty.openpty()
    process = place.bash(command.text, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, "".join(line + "\n" for line in command.typed).encode())
    shown, deadline = b"", time.monotonic() + TIMEOUT_S
    with contextlib.suppress(OSError):  # the other side is closed
        while time.monotonic() < deadline and (select.select([ours], [], [], 0.1)[0] or process.poll() is None):
            if select.select([ours], [], [], 0)[0]:
                shown += os.read(ours, 65536)
    if time.monotonic() >= deadline:
        stop(process)
    os.close(ours)
    return process.wait(), shown.decode(errors="replace")


def run_command(place, command):
    """What is wrong with it; empty where it works."""
    if command.text.startswith("hearth serve"):
        return place.start_server(command.text)
    if command.typed:
        status, output = run_typed(place, command)
        errors = output
    else:
        process = place.bash(command.text, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            output, errors = (part.decode(errors="replace") for part in process.communicate(timeout=TIMEOUT_S))
        except subprocess.TimeoutExpired:
            stop(process)
            return f"it has not ended after {TIMEOUT_S} s"
        status = process.returncode
    if status != 0:
        return f"it ended with status {status}: {errors[-1000:]} {output[-1000:]}"
    if command.silent == bool(output.strip()):
        return "it printed something" if command.silent else f"it printed nothing: {errors[-1000:]}"
    says_json = "--json" in command.text or re.match(r"curl .*/v1/", command.text)
    return json_fault(output) if says_json else ""


def run_all(commands, program, model):
    """Runs them in order; yields each command, what is wrong with it and how long it took."""
    with tempfile.TemporaryDirectory(prefix="hearth_docs_") as folder:
        place = Workplace(pathlib.Path(folder), program, model)
        block = None
        try:
            for command in commands:
                if (command.file, command.block) != block:
                    place.stop_server()
                    block = (command.file, command.block)
                start = time.monotonic()
                fault = "" if command.skipped else run_command(place, command)
                yield command, fault, time.monotonic() - start
        finally:
            place.stop_server()


def write_junit(path, results):
    """Of the commands that ran: one that is marked to be left out is no test."""
    suite = ElementTree.Element("testsuite", name="docs")
    for command, fault, seconds in results:
        if command.skipped:
            continue
        case = ElementTree.SubElement(suite, "testcase", name=command.name, time=f"{seconds:.2f}")
        if fault:
            ElementTree.SubElement(case, "failure", message=re.sub(r"[^\t\n\x20-\ud7ff]", "?", fault))
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(suite).write(path, encoding="unicode")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--junit", type=pathlib.Path)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        commands = [c for file in arguments.files for c in commands_of(file.name, file.read_text(encoding="utf-8"))]
    except DocError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    results = []
    for command, fault, seconds in run_all(commands, arguments.program.resolve(), arguments.model.resolve()):
        results.append((command, fault, seconds))
        state = "FAILED" if fault else "skipped" if command.skipped else "ok"
        print(f"{state:8}{seconds:6.1f} s  {command.name}" + (f"\n  {fault}" if fault else ""), flush=True)
    if arguments.junit:
        write_junit(arguments.junit, results)
    failed = sum(1 for _, fault, _ in results if fault)
    print(f"{len(results)} commands, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
