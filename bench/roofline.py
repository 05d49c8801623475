#!/usr/bin/env python3
"""Draws the roofline picture of a comparison: roofline.py REPORT.json OUT.svg

Each work is a point: how many operations it has for a byte of weights, keys and values that a step reads, and how many it
does a second (Williams, Waterman and Patterson 2009). The lines are the ceilings that the same run measured.
"""
import argparse
import html
import json
import math
import pathlib

WIDTH, HEIGHT = 860, 520
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 60
OURS, PEER, INK, FAINT = "#c2410c", "#1d4ed8", "#1f2937", "#d1d5db"


def points(report):
    """[(label, operations for a byte, Hearth's 1e9 operations a second, the peer's or None)], of the instruction set that the
    machine's ceilings are of."""
    found = []
    for model, case in report["models"].items():
        facts = case.get("facts") if case.get("isa", "") == report.get("isas", [""])[0] else None
        for row in case["rows"] if facts else []:
            words = row["work"].split()
            prefill = words[0] == "prefill"
            batch = int(words[2]) if words[1:2] == ["of"] else 1
            depth = int(words[-1]) if "at" in words else 0
            tokens = report["prompt"] if prefill else batch
            products = facts["products"] + (0 if prefill else facts["head_products"])
            read = facts["read"] + facts["kv_read"] * depth * (1 if prefill else batch)
            scale = 2 * products / 1e9
            found.append((f"{model}, {row['work']}", 2 * products * tokens / read, row["hearth"] * scale,
                          row["peer"] and row["peer"] * scale))
    return found


class Axis:
    """A logarithmic axis between two places of the picture, over whole powers of ten."""

    def __init__(self, values, begin, end):
        self.low, self.high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        self.begin, self.end = begin, end

    def __call__(self, value):
        share = (math.log10(value) - self.low) / max(self.high - self.low, 1)
        return self.begin + share * (self.end - self.begin)

    def ticks(self):
        return [10.0 ** power for power in range(self.low, self.high + 1)]


def label(x, y, text, anchor="start", color=INK, size=11):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}">{html.escape(text)}</text>'


def line(x1, y1, x2, y2, color, width):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" stroke-width="{width}"/>'


def grid(x, y):
    parts = []
    for tick in x.ticks():
        parts += [line(x(tick), y.begin, x(tick), y.end, FAINT, 1), label(x(tick), HEIGHT - BOTTOM + 18, f"{tick:g}", "middle")]
    for tick in y.ticks():
        parts += [line(x.begin, y(tick), x.end, y(tick), FAINT, 1), label(LEFT - 8, y(tick) + 4, f"{tick:g}", "end")]
    return parts + [label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18, "operations for a byte that is read", "middle", size=12),
                    label(14, TOP - 14, "1e9 operations a second", size=12)]


def roofs(machine, x, y):
    """The slope of memory up to the highest roof, and each roof from there on."""
    peaks = {name: machine[key] for name, key in (("int8", "int8_gops"), ("words", "words_gops"), ("f32", "f32_gflops"), ("bf16", "bf16_gflops")) if machine.get(key)}
    read, parts = machine["read_gb_s"], []
    begin, end = 10.0 ** x.low, 10.0 ** x.high
    highest = max(peaks.values(), default=read * end)
    first = max(begin, 10.0 ** y.low / read)
    parts.append(line(x(first), y(first * read), x(highest / read), y(highest), INK, 2))
    parts.append(label(x(first) + 14, y(first * read) - 16, f"memory {read:.0f} GB/s"))
    for name, peak in peaks.items():
        parts += [line(x(peak / read), y(peak), x(end), y(peak), INK, 2 if peak == highest else 1),
                  label(x(end), y(peak) - 6, f"{name} {peak:.0f}", "end")]
    return parts


def marks(found, x, y):
    parts = []
    for name, intensity, ours, peer in found:
        title = f"<title>{html.escape(name)}</title>"
        if peer:
            parts.append(f'<circle cx="{x(intensity):.1f}" cy="{y(peer):.1f}" r="4" fill="white" stroke="{PEER}" stroke-width="1.5">{title}</circle>')
        parts.append(f'<circle cx="{x(intensity):.1f}" cy="{y(ours):.1f}" r="4" fill="{OURS}">{title}</circle>')
    return parts


def draw(report):
    found = points(report)
    if not found:
        raise SystemExit("error: the report holds no speeds")
    machine = report["machine"]
    read = machine["read_gb_s"]
    heights = [value for _, _, ours, peer in found for value in (ours, peer) if value]
    peaks = [value for key, value in machine.items() if key in ("int8_gops", "words_gops", "bf16_gflops", "f32_gflops") and value]
    x = Axis([point[1] for point in found] + [peak / read for peak in peaks], LEFT, WIDTH - RIGHT)
    y = Axis(heights + peaks, HEIGHT - BOTTOM, TOP)
    legend = [f'<circle cx="{WIDTH - 210}" cy="20" r="4" fill="{OURS}"/>', label(WIDTH - 200, 24, "Hearth"),
              f'<circle cx="{WIDTH - 130}" cy="20" r="4" fill="white" stroke="{PEER}" stroke-width="1.5"/>', label(WIDTH - 120, 24, "best peer")]
    body = grid(x, y) + roofs(machine, x, y) + marks(found, x, y) + legend
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" role="img">'
            f'<title>Roofline, {report["date"]}, {report["threads"]} threads</title>')
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *body, "</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    options = parser.parse_args()
    options.out.write_text(draw(json.loads(options.report.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
