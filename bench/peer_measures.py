"""Measures Hearth and the settings of its peers in turns, for a share of the time at hand."""
import itertools
import json
import statistics
import time

import serve_peers
from peer_programs import Failure, run

PROMPTS_SHARE = 0.45  # of a case's time
NEARLY = 0.92  # a setting that is this near to the best one in the screening stays in the race


def work(kind, depth=0, batch=1):
    return {"kind": kind, "depth": depth, "batch": batch}


def work_name(work):
    batch = f" of {work['batch']}" if work["batch"] > 1 else ""
    depth = f" at {work['depth']}" if work["depth"] else ""
    return work["kind"] + batch + depth


def speeds(text):
    """[(work, tokens/s)] of the rows of llama-bench, batched-bench, `hearth bench` and the peers' scripts, JSON or a row a line."""
    rows = json.loads(text) if text.lstrip().startswith("[") else [
        json.loads(line) for line in text.splitlines() if line.startswith("{")]
    result = []
    for row in rows:
        depth = row.get("n_depth", 0)
        if "speed_tg" in row:
            result.append((work("decode", row["pp"], row["pl"]), row["speed_tg"]))
        elif row["n_prompt"] or row["n_gen"]:
            result.append((work("prefill" if row["n_prompt"] else "decode", depth), row["avg_ts"]))
    return result


class Samples:
    """Speeds by work and program; programs left out, and why."""

    def __init__(self):
        self.works, self.values, self.left_out = {}, {}, {}

    def leave_out(self, program, reason):
        self.left_out[program] = reason
        for values in self.values.values():
            values.pop(program, None)

    def take(self, program, command):
        """Runs a program once."""
        for done, speed in speeds(run(command)):
            name = work_name(done)
            self.works[name] = done
            self.values.setdefault(name, {}).setdefault(program, []).append(speed)

    def take_peer(self, setting, command):
        """Runs a peer once. Where it fails, it is out of the race."""
        if setting.name in self.left_out:
            return
        try:
            self.take(setting.name, command)
        except Failure as failure:
            self.leave_out(setting.name, failure.reason)


class Race:
    """The peers' settings that may be the best for a model."""

    def __init__(self, options, settings, model):
        """`options.hearth` is the beginning of a command."""
        self.options, self.model = options, model
        self.settings = {setting.name: setting for setting in settings}
        self.screening, self.is_screened = Samples(), False

    def prepare(self):
        """What peers do once for a file. It takes as long as it takes."""
        for setting in self.settings.values():
            try:
                setting.prepare(self.model)
            except Failure as failure:
                self.screening.leave_out(setting.name, failure.reason)

    def screen(self):
        """Samples without those settings that fail. Each is tried once, with little to do, for all cases of a file."""
        for setting in [] if self.is_screened else self.settings.values():
            self.screening.take_peer(setting, setting.bench(self.model, "-t", self.options.threads, "-p", 128, "-n", 8, "-r", 1))
        self.is_screened, samples = True, Samples()
        samples.left_out |= self.screening.left_out
        return samples

    def nearly_best(self, kind, most=2):
        """{peer: its settings that may be the best, the fastest first}."""
        values = {name: max(speed) for name, speed in self.screening.values.get(kind, {}).items()}
        found = {}
        for name in sorted(values, key=values.get, reverse=True):
            near = found.setdefault(self.settings[name].peer, [])
            if len(near) < most and (not near or values[name] >= NEARLY * values[near[0].name]):
                near.append(self.settings[name])
        return found

    def deep(self):
        """The best variant of each peer with and without flash attention, which a short prompt says nothing about. With it
        first: that is the faster one as a rule, and there may be no time for the other."""
        best = {peer: near[0].variant for peer, near in self.nearly_best("prefill", most=1).items()}
        fitting = [setting for setting in self.settings.values() if best.get(setting.peer) == setting.variant]
        return sorted(fitting, key=lambda setting: -setting.attention)


def machine_of(options, only=None):
    command = [*options.hearth, "bench", "machine", "--json", "-t", options.threads]
    return json.loads(run(command + (["--only", only] if only else [])))


def in_rounds(most, deadline, one_round):
    """Calls one_round up to `most` times, as long as another one fits before the deadline; at least once."""
    for number in range(most):
        begin = time.monotonic()
        one_round()
        if time.monotonic() + (time.monotonic() - begin) > deadline:
            return number + 1
    return most


def in_turn(by_peer):
    """Of each peer one setting at each call: each is measured, and none takes time from the others' rounds."""
    turns = [itertools.cycle(settings) for settings in by_peer.values()]
    return lambda: [next(turn) for turn in turns]


def measure_single(options, race, deadline):
    """Prompt and generation of one sequence: (samples, machine's figures)."""
    model, threads = race.model, options.threads
    machine, reads = machine_of(options), []
    samples = race.screen()
    next_prompts, next_generations = in_turn(race.nearly_best("prefill")), in_turn(race.nearly_best("decode"))

    def all_of(settings, work):
        common = ["-t", threads, *work, "-r", 1]
        samples.take("hearth", [*options.hearth, "bench", "-m", model, *common, "--json"])
        for setting in settings:
            samples.take_peer(setting, setting.bench(model, *common))

    def generations():
        reads.append(machine_of(options, "read")["read_gb_s"])
        all_of(next_generations(), ["-p", 0, "-n", options.generate])

    now = time.monotonic()
    in_rounds(options.rounds, now + (deadline - now) * PROMPTS_SHARE, lambda: all_of(next_prompts(), ["-p", options.prompt, "-n", 0]))
    in_rounds(options.pairs, deadline, generations)
    machine["read_gb_s"] = statistics.median(reads) if all(reads) else None
    return samples, machine


def sampled_note(options, model):
    """What a user sees: whole requests through the engine, each token drawn."""
    row = json.loads(run([*options.hearth, "bench", "-m", model, "-t", options.threads, "-p", options.prompt, "-n", options.generate,
                          "-r", 2, "--end-to-end", "--json"]))[0]
    return (f"with sampling, end to end: {options.prompt} tokens of prompt to the first token in {row['first_token_s']:.2f} s, then "
            f"{row['decode_ts']:.1f} tok/s; all of it {row['avg_ts']:.1f} tok/s.")


def measure_batches(options, race, batches, deadline):
    """Generation of many sequences side by side, after prompts of 128. What is good for prompts is good for batches."""
    samples = race.screen()
    settings = [setting for near in race.nearly_best("prefill").values() for setting in near]
    prompt, generate = 128, 32

    def one_round():
        samples.take("hearth", [*options.hearth, "bench", "-m", race.model, "-t", options.threads, "-p", prompt, "-n", generate, "-r", 1,
                                "--parallel", ",".join(map(str, batches)), "-o", "jsonl"])
        for setting in settings:
            samples.take_peer(setting, setting.batched_bench(race.model, options.threads, prompt, generate, batches))

    in_rounds(options.rounds, deadline, one_round)
    return samples, machine_of(options)


def measure_serving(options, race, deadline):
    """Both servers under load, one after the other: (rows of serve_peers, what was left out of the screening). The peer runs as is
    best for prompts."""
    samples = race.screen()
    servers = {"hearth": [*options.hearth, "serve", race.model, "--threads", options.threads]}
    for peer in race.nearly_best("prefill", most=1).values():
        servers["peer"] = peer[0].server(race.model, options.threads)
        break
    runs = serve_peers.Runs(servers)
    in_rounds(options.rounds, deadline, runs.round)
    return runs.rows(), samples


def measure_depth(options, race, depth, deadline):
    """A prompt and generation behind `depth` tokens; Hearth also with quantised keys and values."""
    samples = race.screen()
    common = ["-t", options.threads, "-p", options.prompt, "-n", options.generate, "-d", depth, "-r", 1]
    samples.take("hearth", [*options.hearth, "bench", "-m", race.model, *common, "--json"])
    samples.take("hearth q8_0", [*options.hearth, "bench", "-m", race.model, *common, "--kv-type", "q8_0", "--json"])
    settings = race.deep()
    remaining = iter(settings)

    def next_setting():
        setting = next(remaining)
        samples.take_peer(setting, setting.bench(race.model, *common))

    in_rounds(len(settings), deadline, next_setting)
    return samples, machine_of(options)
