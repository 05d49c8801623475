"""Measures Hearth and the settings of llama.cpp in turns, for a share of the time at hand."""
import itertools
import json
import statistics
import sys
import time

from peer_programs import run

PROMPTS_SHARE = 0.45  # of a case's time
NEARLY = 0.92  # a setting that is this near to the best one in the screening stays in the race


def work(kind, depth=0, batch=1):
    return {"kind": kind, "depth": depth, "batch": batch}


def work_name(work):
    batch = f" of {work['batch']}" if work["batch"] > 1 else ""
    depth = f" at {work['depth']}" if work["depth"] else ""
    return work["kind"] + batch + depth


def speeds(text):
    """[(work, tokens/s)] of the rows of llama-bench, batched-bench and `hearth bench`, JSON or a row a line."""
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
    """Speeds by work and program."""

    def __init__(self):
        self.works, self.values, self.crashed = {}, {}, set()

    def take(self, program, command, foreseen=False):
        """Runs a program once. A crash that is foreseen takes it out of the race."""
        if program in self.crashed:
            return
        output = run(command, may_crash=foreseen)
        if output is None:
            self.crashed.add(program)
            for values in self.values.values():
                values.pop(program, None)
            return
        for done, speed in speeds(output):
            name = work_name(done)
            self.works[name] = done
            self.values.setdefault(name, {}).setdefault(program, []).append(speed)


class Race:
    """The settings of llama.cpp that may be the best for a model."""

    def __init__(self, options, settings, model):
        self.options, self.model = options, model
        self.settings = {setting.name: setting for setting in settings}
        self.screening = Samples()

    def screen(self):
        """Every setting once, with little to do."""
        for name, setting in self.settings.items():
            self.screening.take(name, setting.bench(self.model, "-t", self.options.threads, "-p", 128, "-n", 8, "-r", 1), True)
        if len(self.screening.crashed) == len(self.settings):
            sys.exit("error: the peer crashed with every setting")

    def nearly_best(self, kind, most=2):
        values = {name: max(speed) for name, speed in self.screening.values[kind].items()}
        best = sorted(values, key=values.get, reverse=True)[:most]
        return [self.settings[name] for name in best if values[name] >= NEARLY * values[best[0]]]


def machine_of(options, only=None):
    command = [options.hearth, "bench", "machine", "--json", "-t", options.threads]
    return json.loads(run(command + (["--only", only] if only else [])))


def in_rounds(most, deadline, one_round):
    """Calls one_round up to `most` times, as long as another one fits before the deadline; at least once."""
    for number in range(most):
        begin = time.monotonic()
        one_round()
        if time.monotonic() + (time.monotonic() - begin) > deadline:
            return number + 1
    return most


def in_turn(settings):
    """One of them at each call: each is measured, and none takes time from the others' rounds."""
    return itertools.cycle(settings).__next__


def measure_single(options, race, deadline):
    """Prompt and generation of one sequence: (samples, machine's figures)."""
    samples, model, threads = Samples(), race.model, options.threads
    machine, reads = machine_of(options), []
    race.screen()
    samples.crashed |= race.screening.crashed
    next_prompt, next_generation = in_turn(race.nearly_best("prefill")), in_turn(race.nearly_best("decode"))

    def both(setting, work):
        common = ["-t", threads, *work, "-r", 1]
        samples.take("hearth", [options.hearth, "bench", "-m", model, *common, "--json"])
        samples.take(setting.name, setting.bench(model, *common), True)

    def generations():
        reads.append(machine_of(options, "read")["read_gb_s"])
        both(next_generation(), ["-p", 0, "-n", options.generate])

    now = time.monotonic()
    in_rounds(options.rounds, now + (deadline - now) * PROMPTS_SHARE, lambda: both(next_prompt(), ["-p", options.prompt, "-n", 0]))
    in_rounds(options.pairs, deadline, generations)
    machine["read_gb_s"] = statistics.median(reads) if all(reads) else None
    return samples, machine


def sampled_note(options, model):
    """What a user sees: whole requests through the engine, each token drawn."""
    row = json.loads(run([options.hearth, "bench", "-m", model, "-t", options.threads, "-p", options.prompt, "-n", options.generate,
                          "-r", 2, "--end-to-end", "--json"]))[0]
    return (f"with sampling, end to end: {options.prompt} tokens of prompt to the first token in {row['first_token_s']:.2f} s, then "
            f"{row['decode_ts']:.1f} tok/s; all of it {row['avg_ts']:.1f} tok/s.")


def measure_batches(options, race, batches, deadline):
    """Generation of many sequences side by side, after prompts of 128. What is good for prompts is good for batches."""
    samples = Samples()
    lists = ",".join(map(str, batches))
    race.screen()

    def one_round():
        samples.take("hearth", [options.hearth, "bench", "-m", race.model, "-t", options.threads, "-p", 128, "-n", 32, "-r", 1,
                                "--parallel", lists, "-o", "jsonl"])
        for setting in race.nearly_best("prefill"):
            samples.take(setting.name, setting.batched_bench(race.model, "-t", options.threads, "-c", max(batches) * 160 + 64,
                                                             "-npp", 128, "-ntg", 32, "-npl", lists), True)

    in_rounds(options.rounds, deadline, one_round)
    return samples, machine_of(options)


def measure_depth(options, race, depth, deadline):
    """A prompt and generation behind `depth` tokens; Hearth also with quantised keys and values."""
    samples = Samples()
    race.screen()
    common = ["-t", options.threads, "-p", options.prompt, "-n", options.generate, "-d", depth, "-r", 1]
    samples.take("hearth", [options.hearth, "bench", "-m", race.model, *common, "--json"])
    samples.take("hearth q8_0", [options.hearth, "bench", "-m", race.model, *common, "--kv-type", "q8_0", "--json"])
    repack = race.nearly_best("prefill", most=1)[0].repack
    # Flash attention first: it is the faster one as a rule, and there may be no time for the other.
    settings = [setting for setting in reversed(race.settings.values()) if setting.repack == repack]
    remaining = iter(settings)
    in_rounds(len(settings), deadline, lambda: samples.take((s := next(remaining)).name, s.bench(race.model, *common), True))
    return samples, machine_of(options)
