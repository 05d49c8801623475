"""Rows of the comparison, and the table of them."""
import statistics

import serve_peers


def quartiles(values):
    if len(values) < 2:
        return [values[0]] * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def best_by_peer(medians, ours):
    """{peer: its best setting}; a setting's name begins with its peer's."""
    found = {}
    for name in sorted(medians, key=medians.get, reverse=True):
        found.setdefault(name.split(" ")[0], {"setting": name, "speed": medians[name], "ratio": ours / medians[name]})
    return found


def compare(samples, ceilings, targets):
    """A row for each work: Hearth's median against that of the best setting of any peer, and the share of the ceiling. A target is
    a ratio to the best peer, or to some of them by name. A ceiling is a speed and what sets it."""
    rows = []
    for name, by_program in samples.items():
        medians = {program: statistics.median(values) for program, values in by_program.items()}
        ours = medians.pop("hearth")
        others = {program: medians.pop(program) for program in list(medians) if program.startswith("hearth ")}
        best = max(medians, key=medians.get, default=None)
        limit, limited_by = ceilings.get(name) or (None, None)
        target = targets.get(name.split(" ")[0] if name not in targets else name, {})
        rows.append({
            "work": name, "hearth": ours, "hearth_quartiles": quartiles(by_program["hearth"]), "hearth_others": others,
            "peer": medians.get(best), "peer_setting": best, "ratio": ours / medians[best] if best else None,
            "ceiling": limit, "limited_by": limited_by, "share": limit and ours / limit, "target_ratio": target.get("ratio"),
            "target_share": target.get("share"), "target_peers": target.get("peers", {}), "peer_medians": medians, "peers": best_by_peer(medians, ours), "samples": by_program})
    return rows


def figure(value):
    return "-" if value is None else f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def with_target(value, target, form):
    if value is None:
        return "-"
    text = format(value, form)
    return text if target is None else f"{text} ({format(target, form)})" if value >= target else f"**{text}** ({format(target, form)})"


def peers_of(report):
    """Their names, in the order of the settings."""
    return list(dict.fromkeys(name.split(" ")[0] for name in report["settings"]))


def ceilings_of(machine):
    parts = [f"{name} {figure(machine[key])} {unit}" for name, key, unit in (
        ("int8", "int8_gops", "GOP/s"), ("words", "words_gops", "GOP/s"), ("signed", "signed_gops", "GOP/s"),
        ("bf16", "bf16_gflops", "GFLOP/s"), ("f32", "f32_gflops", "GFLOP/s"), ("read", "read_gb_s", "GB/s"),
        ("unasked", "read_unasked_gb_s", "GB/s")) if machine.get(key)]
    return f"Ceilings with {machine.get('isa', 'the best instruction set')}: {', '.join(parts)}."


def head(report):
    peers = peers_of(report)
    return [
        f"{report['date']}, {report['processor']}, {report['threads']} threads; {report['hearth_version']}; "
        f"peers: {report['peer_version']}; {report['minutes']:.0f} minutes.",
        f"Medians of interleaved rounds (at most {report['rounds']} of a prompt of {report['prompt']} tokens, {report['pairs']} of "
        f"{report['generate']} generated), each peer's best setting of {len(report['settings'])} in all, and how many times as fast Hearth is; "
        "targets in brackets, what misses one is bold.",
        *(ceilings_of(machine) for machine in report["machines"].values()),
        "",
        f"| model | work | Hearth, tok/s | quartiles | {''.join(f'{peer}, tok/s | ratio | ' for peer in peers)}ceiling, tok/s | share | error |",
        f"| --- | --- | ---: | ---: | {'---: | ---: | ' * len(peers)}---: | ---: | ---: |",
    ]


def peer_cells(row, peers):
    """Speed of each peer's best setting, and Hearth's ratio to it. A target that names no peer is one for all."""
    cells = []
    for peer in peers:
        best = row["peers"].get(peer)
        target = row["target_peers"].get(peer, row["target_ratio"])
        cells += [figure(best["speed"]), with_target(best["ratio"], target, ".2f")] if best else ["-", "-"]
    return " | ".join(cells)


def ceiling_cell(row):
    return f"{figure(row['ceiling'])} ({row['limited_by']})" if row["ceiling"] else "-"


def serving_table(report):
    """The servers under load, where they were measured."""
    lines = []
    for model, case in report["models"].items():
        targets = case.get("targets", {})
        for row in case.get("serving", []):
            wanted = targets.get(row["work"], {})
            lines.append(serve_peers.line(model, row, lambda value, name: with_target(value, wanted.get(name), ".2f")))  # pylint: disable=cell-var-from-loop
    return ["", *serve_peers.HEAD, *lines] if lines else []


def left_out_notes(model, left_out):
    """A line for each reason."""
    names = {}
    for name, reason in left_out.items():
        names.setdefault(reason, []).append(f"`{name}`")
    return [f"left out of {model}: {', '.join(found)}: {reason}." for reason, found in names.items()]


def table(report):
    lines, peers = head(report), peers_of(report)
    notes = []
    for model, case in report["models"].items():
        for row in case["rows"]:
            low, _, high = row["hearth_quartiles"]
            lines.append(
                f"| {model} | {row['work']} | {figure(row['hearth'])} | {figure(low)} to {figure(high)} | {peer_cells(row, peers)} "
                f"| {ceiling_cell(row)} | {with_target(row['share'], row['target_share'], '.0%')} | {case.get('error') or '-'} |")
            notes += [f"{model}, {row['work']}, {program}: {figure(speed)} tok/s." for program, speed in row["hearth_others"].items()]
        notes += [f"{model}: {note}" for note in case["notes"]]
        notes += left_out_notes(model, case["left_out"])
    notes += [f"Not measured for want of time: {', '.join(report['skipped'])}."] if report["skipped"] else []
    lines += serving_table(report)
    return "\n".join(lines + [""] + [f"- {note}" for note in notes] if notes else lines)
