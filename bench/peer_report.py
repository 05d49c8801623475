"""Rows of the comparison, and the table of them."""
import statistics


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
    a ratio to the best peer, or to some of them by name."""
    rows = []
    for name, by_program in samples.items():
        medians = {program: statistics.median(values) for program, values in by_program.items()}
        ours = medians.pop("hearth")
        others = {program: medians.pop(program) for program in list(medians) if program.startswith("hearth ")}
        best = max(medians, key=medians.get, default=None)
        limit = ceilings.get(name)
        target = targets.get(name.split(" ")[0] if name not in targets else name, {})
        rows.append({
            "work": name, "hearth": ours, "hearth_quartiles": quartiles(by_program["hearth"]), "hearth_others": others,
            "peer": medians.get(best), "peer_setting": best, "ratio": ours / medians[best] if best else None,
            "ceiling": limit, "share": limit and ours / limit, "target_ratio": target.get("ratio"),
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


def head(report):
    machine, peers = report["machine"], peers_of(report)
    return [
        f"{report['date']}, {report['processor']}, {report['threads']} threads; {report['hearth_version']}; "
        f"peers: {report['peer_version']}; {report['minutes']:.0f} minutes.",
        f"Medians of interleaved rounds (at most {report['rounds']} of a prompt of {report['prompt']} tokens, {report['pairs']} of "
        f"{report['generate']} generated), each peer's best setting of {len(report['settings'])} in all, and how many times as fast Hearth is; "
        "targets in brackets, what misses one is bold.",
        f"Ceilings: int8 {figure(machine.get('int8_gops'))} GOP/s, bf16 {figure(machine.get('bf16_gflops'))} GFLOP/s, "
        f"f32 {figure(machine.get('f32_gflops'))} GFLOP/s, read {figure(machine.get('read_gb_s'))} GB/s.",
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
                f"| {figure(row['ceiling'])} | {with_target(row['share'], row['target_share'], '.0%')} | {case.get('error') or '-'} |")
            notes += [f"{model}, {row['work']}, {program}: {figure(speed)} tok/s." for program, speed in row["hearth_others"].items()]
        notes += [f"{model}: {note}" for note in case["notes"]]
        notes += left_out_notes(model, case["left_out"])
    notes += [f"Not measured for want of time: {', '.join(report['skipped'])}."] if report["skipped"] else []
    return "\n".join(lines + [""] + [f"- {note}" for note in notes] if notes else lines)
