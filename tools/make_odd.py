"""Write the generated sections of ODD.md, README.md, docs/ and data/answer.md from the code and the tables.

    python tools/make_odd.py            rewrite the tables, equations and lists
    python tools/make_odd.py --check    exit with 1 if any of them is stale
    python tools/make_odd.py --measure  also run the baseline and rewrite what is measured from runs

A section stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``; all other text is written by hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numbered_pages
import odd_model
import odd_runs
from odd_model import grid

from lockin_sim.settings.levers import LEVERS
from lockin_sim.settings.parameters import collect_declarations
from lockin_sim.world.schema import STATUSES, read_all, status_counts

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    ROOT / "lockin_sim" / "ODD.md",
    ROOT / "lockin_sim" / "data" / "answer.md",
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]

#: Tables whose values are counted one by one.
LARGEST = 8
_SECTION = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def facts() -> str:
    """How many values are measured, estimated and assumed, in the largest tables and in all; not keys."""
    tables, counts = read_all(), status_counts()
    totals = {name: sum(of_columns.values(), Counter()) for name, of_columns in counts.items()}
    largest = sorted(totals, key=lambda name: -sum(totals[name].values()))[:LARGEST]
    rows = [(f"`{n}`", len(tables[n].labels), *(totals[n][s] for s in STATUSES)) for n in largest]
    total = sum(totals.values(), Counter[str]())
    every = ("all", sum(len(tables[n].labels) for n in totals), *(total[s] for s in STATUSES))
    return grid(("table", "rows", *STATUSES), [*rows, every])


def parameters() -> str:
    """Every parameter."""
    rows = (
        (
            f"`{d.name}`", d.title, f"${d.symbol}$", f"{d.default:g}", f"{d.neutral:g}", d.unit,
            f"{d.range[0]:g} to {d.range[1]:g}", d.doc, d.source,
        )
        for d in collect_declarations().values()
    )  # fmt: skip
    heads = ("name", "title", "symbol", "default", "neutral", "unit", "range", "meaning", "source")
    return grid(heads, rows)


def levers() -> str:
    """Every lever with its title, what it acts on, and the names of its settings."""
    rows = (
        (f"`{lever.name}`", lever.title, lever.target, ", ".join(f"`{name}`" for name in lever.settings))
        for lever in LEVERS.values()
    )
    return grid(("lever", "title", "target", "settings"), rows)


def equations() -> str:
    """Every rule with its equation."""
    return "\n\n".join(map(odd_model.section, odd_model.MODULES))


SECTIONS: dict[str, Callable[[], str]] = {
    f.__name__: f
    for f in (
        odd_model.scale, odd_model.state, odd_model.conditions, odd_model.domains, odd_model.buyers,
        odd_model.generations,
        odd_model.sponsors, odd_model.lenders, odd_model.bodies, odd_model.standards, odd_model.groups,
        facts, odd_model.defaults,
        parameters, levers, equations, odd_model.estimates,
        numbered_pages.chain, numbered_pages.europe, numbered_pages.headline,
        numbered_pages.answer, numbered_pages.level, numbered_pages.record, numbered_pages.says,
        numbered_pages.questions, numbered_pages.courted,
    )
}  # fmt: skip

#: Sections that need runs, made on request only.
MEASURED: dict[str, Callable[[], str]] = {
    "fit": odd_runs.fit,
    "must_show": odd_runs.shown,
    "at_sight": odd_runs.sight,
    "misses": odd_runs.misses,
    "paths": odd_runs.paths,
    "left_over": odd_runs.left_over,
    "unmet": odd_runs.unmet,
}


def renewed(text: str, *, measure: bool = False) -> str:
    """The text with its generated sections rewritten; those that need runs only if asked."""
    made = SECTIONS | (MEASURED if measure else {})

    def replace(match: re.Match[str]) -> str:
        """A marked part with its section as made now, where it was made."""
        known = (*SECTIONS, *MEASURED)
        if match[2] not in known:
            raise SystemExit(f"there is no section {match[2]!r}; known are {', '.join(known)}")
        return f"{match[1]}{made[match[2]]()}\n{match[3]}" if match[2] in made else match[0]

    return _SECTION.sub(replace, text)


def stale(*, measure: bool = False) -> dict[Path, str]:
    """Documents that differ from the code, and what they should say."""
    texts = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}
    new = {path: renewed(text, measure=measure) for path, text in texts.items()}
    return {path: text for path, text in new.items() if text != texts[path]}


def main(arguments: list[str]) -> int:
    """Renew or check the documents."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--measure", action="store_true")
    asked = parser.parse_args(arguments)
    found = stale(measure=asked.measure)
    if asked.check:
        for path in found:
            print(f"{path.relative_to(ROOT)} is stale: run python tools/make_odd.py", file=sys.stderr)
        return int(bool(found))
    for path, text in found.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
