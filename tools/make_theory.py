"""Write the measured sections and the figures of docs/theory.md from what the known-answer tests recorded.

    python tools/make_theory.py

Reads measured.json (``make verify``) and mutations.json (``tools/mutation_check.py``) of
results/verification; runs the default world from two beginnings and writes start.json there.
A section stands between ``<!-- measured: NAME -->`` and ``<!-- end measured -->``; other text is by hand.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lockin_sim.common.formats import listed
from lockin_sim.pages.plots import save
from lockin_sim.world.names import format_label

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from theory import exact, few  # noqa: E402
from theory.catalogue import CATALOGUE  # noqa: E402
from theory_pictures import OFF, PICTURES, domain_points, memory_of_the_start, over_noise  # noqa: E402

PAGE = ROOT / "docs" / "theory.md"
IMAGES = ROOT / "docs" / "images"
RESULTS = ROOT / "results" / "verification"
_SECTION = re.compile(r"(<!-- measured: (\S+) -->\n).*?(<!-- end measured -->)", re.DOTALL)

type Check = dict[str, Any]


def rank(case: str) -> tuple[bool, str, int]:
    """Published cases first, in order."""
    return not case.startswith("V"), case[0], int(case[1:])


# --- text ---------------------------------------------------------------------------------------------


def summary(checks: list[Check]) -> str:
    """How many checks of how many cases, and how many lie outside their region."""
    cases = {c["case"] for c in checks}
    outside = sum(not c["passed"] for c in checks)
    mesa = sum(c["engine"] == "mesa" for c in checks)
    drawn = sum(c["low"] < c["high"] and not c["rule"].startswith("no chance") for c in checks)
    return (
        f"{len(checks)} measurements of {len(cases)} cases, {mesa} of them by the Mesa engine; "
        f"{drawn} involve chance."
        f"\nOutside their region: **{outside}**. Expected by bad luck: {drawn * 1e-6:.1g}.\n"
    )


def cases(checks: list[Check]) -> str:
    """One row a case: its result and source, and how many measurements it has."""
    groups: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        groups[check["case"]].append(check)
    rows = ["| case | result, source | measurements |", "|---" * 3 + "|"]
    for case, group in sorted(groups.items(), key=lambda item: rank(item[0])):
        rows.append(f"| {case} | *{CATALOGUE[case].title}*. {CATALOGUE[case].source} | {len(group)} |")
    return "\n".join(rows) + "\n"


def not_expressed(checks: list[Check]) -> str:
    """Cases that this model has no limit for, by what it lacks."""
    lacking: dict[str, list[str]] = defaultdict(list)
    for case, known in CATALOGUE.items():
        if known.why_not:
            lacking[known.why_not].append(f"*{known.title}* ({case}; {known.source})")
    return "\n".join(f"- {'; '.join(titles)}: {why}." for why, titles in lacking.items()) + "\n"


def mutants(checks: list[Check]) -> str:
    """How many of the planted mistakes were caught, and which were not."""
    records = json.loads((RESULTS / "mutations.json").read_text(encoding="utf-8"))["mistakes"]
    missed = [record["mistake"] for record in records if not record["caught"]]
    count = f"{len(records) - len(missed)} of {len(records)} mistakes were caught"
    return f"{count}{f'; not caught: {listed(missed)}' if missed else ''}.\n"


def fate(k: int, s: float, g: float) -> tuple[float, float, str]:
    """Turning point and critical network effect of K equal vendors, and what a market does there."""
    critical = exact.critical_network(k, s)
    turning = exact.locked_from(k, s)[0] if k > 2 else critical
    if g > critical:
        return turning, critical, "locks in from any start"
    return turning, critical, "history decides" if g > turning else "forgets"


def thresholds(checks: list[Check]) -> str:
    """Where mobile networks stand, whose weights are the unit, by number of equal vendors."""
    s, g = over_noise()
    rows = [
        f"Default parameters: s = {s:g}, g = {g:g} (over the noise scale).\n",
        "| vendors K | a leader holds on above g_sn | equal shares fall apart above g_c | at the defaults |",
        "|---|---|---|---|",
    ]
    for k in range(2, 9):
        turning, critical, verdict = fate(k, s, g)
        rows.append(f"| {k} | {turning:.3f} | {critical:.3f} | {verdict} |")
    return "\n".join(rows) + "\n"


def tastes(checks: list[Check]) -> str:
    """Tastes and switching costs that retain as many customers, and what else they do."""
    rows = [
        "| customers have | retention | stay again, of those who stayed | keep what was imposed on them |",
        "|---|---|---|---|",
    ]
    kinds = ("tastes", "switching costs")
    found = [c for c in checks if c["case"] == "E4" and c["quantity"].startswith("retention by")]
    for sd in sorted({re.findall(r"sigma = ([\d.]+)", c["quantity"])[0] for c in found}):
        same = [c for c in checks if c["case"] == "E4" and f"sigma = {sd}" in c["quantity"]]
        for kind in kinds:
            cells = []
            for start in (
                f"retention by {kind}",
                f"stay again by {kind}",
                f"keep what was imposed, by {kind}",
            ):
                c = next(c for c in same if c["quantity"].startswith(start))
                cells.append(f"{c['expected']:.3f}: {c['measured']:.3f}")
                if kind != "tastes" and start.startswith("retention"):
                    name = f"a switching cost of {c['quantity'].split('s* = ')[1]}"
            rows.append(
                f"| {f'tastes of sd {sd}' if kind == 'tastes' else name} | " + " | ".join(cells) + " |"
            )
    return "\n".join(rows) + "\n"


def lasting(checks: list[Check]) -> str:
    """How long a majority of a few lasts: the closed form, and what was measured."""
    rows = [
        "| buyers | mean choices until a majority is lost | measured, cut off at | expected | measured |",
        "|---|---|---|---|---|",
    ]
    tested = {c["plot"]["buyers"]: c for c in checks if c["plot"].get("exit_bj") == 1.5}
    for n in sorted({*tested, 20, 30, 50}):
        mean, _ = few.passage(few.one_at_a_time(n, 1.5), n, lambda k, n=n: k <= n // 2)
        row = f"| {n} | {mean:.0f} | "
        if n in tested:
            c = tested[n]
            limit = re.search(r"at most (\d+)", c["quantity"])
            assert limit is not None
            row += f"{limit[1]} | {c['expected']:.1f} | {c['measured']:.1f} |"
        else:
            row += "– | – | – |"
        rows.append(row)
    return "\n".join(rows) + "\n"


def warning(checks: list[Check]) -> str:
    """Variance and memory of a market by its distance from the tipping point."""
    rows = [
        "| field βh | N times variance: expected | measured | correlation with the year before |",
        "|---|---|---|---|",
    ]
    for c in sorted((c for c in checks if "warning_bh" in c["plot"]), key=lambda c: -c["plot"]["warning_bh"]):
        rows.append(
            f"| {c['plot']['warning_bh']:+.2f} | {c['expected']:.3f} | {c['measured']:.3f} "
            f"| {c['plot']['lag_one']:.3f} |"
        )
    return "\n".join(rows) + "\n"


def returns(checks: list[Check]) -> str:
    """Arthur's properties and Page's question, measured for three kinds of returns."""
    rows = [
        "| returns | A leads if first adopter is A, is B | a subsidy moves the last adopter | "
        "rms distance of shares from one half | ends that eight adopters have in all orders |",
        "|---|---|---|---|---|",
    ]

    def found(start: str, kind: str) -> float:
        """The measured value of the check whose quantity begins so, under a kind of returns."""
        return next(
            c["measured"]
            for c in checks
            if c["quantity"].startswith(start) and c["quantity"].endswith(f"{kind} returns")
        )

    for kind in ("constant", "diminishing", "increasing"):
        one, other = found("A leads, first adopter +1", kind), found("A leads, first adopter -1", kind)
        moved, spread = found("a subsidy", kind), found("mean square", kind) ** 0.5
        ends = found("different ends", kind)
        rows.append(f"| {kind} | {one:.2f}, {other:.2f} | {moved:.2f} | {spread:.3f} | {ends:.0f} |")
    return "\n".join(rows) + "\n"


def start(checks: list[Check]) -> str:
    """What is left of a difference in the base of 2010, by domain."""
    content = json.loads((RESULTS / "start.json").read_text(encoding="utf-8"))
    first, last = content["years"][0], content["years"][-1]
    largest = max(
        max(path) for by_domain in content["standard_error"].values() for path in by_domain.values()
    )
    rows = [
        f"Mean of {content['runs']} runs, seed {content['seed']}, of a difference that is 1 in {first}; "
        f"no standard error exceeds {largest:.2f}.\n",
        f"| domain | who buys | vendors | s | g | such a market of equals | rivals of {first} "
        f"| left in 2020 | left in {last} | "
        + " | ".join(f"{name}, {last}" for name in list(OFF)[1:])
        + " |",
        "|---" * (8 + len(OFF)) + "|",
    ]
    points = {point.name: point for point in domain_points()}
    for domain, pair in content["rivals"].items():
        path = content["default"][domain]
        sides = listed([format_label("vendor", vendor) for vendor in pair])
        others = (content[name][domain][-1] for name in list(OFF)[1:])
        name, buyer, k, s, g = points[format_label("domain", domain)]
        rows.append(
            f"| {name} | {buyer} | {k} | {s:.1f} | {g:.1f} | {fate(k, s, g)[2]} | {sides} "
            f"| {path[2020 - first]:z.2f} | " + " | ".join(f"{x:z.2f}" for x in (path[-1], *others)) + " |"
        )
    return "\n".join(rows) + "\n"


SECTIONS: dict[str, Callable[[list[Check]], str]] = {
    f.__name__: f
    for f in (
        summary,
        cases,
        not_expressed,
        mutants,
        thresholds,
        tastes,
        lasting,
        warning,
        returns,
        start,
    )
}


def page(checks: list[Check]) -> str:
    """The page as its sources give it."""
    text = PAGE.read_text(encoding="utf-8")
    missing = set(SECTIONS) - {name for _, name, _ in _SECTION.findall(text)}
    assert not missing, f"the page lacks the sections {missing}"
    return _SECTION.sub(lambda m: m[1] + SECTIONS[m[2]](checks) + m[3], text)


def measured() -> list[Check]:
    """All measurements of the last whole verification."""
    tests = json.loads((RESULTS / "measured.json").read_text(encoding="utf-8"))["tests"]
    return [
        {**{name: test[name] for name in test if name != "checks"}, **check}
        for test in tests
        for check in test["checks"]
    ]


def main() -> None:
    """Renew the page and its pictures."""
    checks, world = measured(), memory_of_the_start()
    (RESULTS / "start.json").write_text(json.dumps(world, indent=1) + "\n", encoding="utf-8")
    for draw in PICTURES:
        save(draw(checks, world), IMAGES / f"theory_{draw.__name__}.png")
    PAGE.write_text(page(checks), encoding="utf-8")


if __name__ == "__main__":
    main()
