"""Make docs/audit.md: what of the gap between two sponsors rests on which assumption about a country.

python tools/make_audit.py [RUNS]
"""

from __future__ import annotations

import sys
from pathlib import Path

import xarray as xr

from lockin_sim.statistics import CONFIDENCE
from lockin_sim.studies.audit import audit
from lockin_sim.wording import number, signed

PAGE = Path(__file__).resolve().parent.parent / "docs" / "audit.md"
RUNS, SEED = 16, 1

#: Points below which a part is told in one line with its like.
SMALL = 0.05

HEAD = """# Symmetry audit

Would {one} do as well with what {other} has? `lockin audit` swaps the two in **one input after the other**,
names and homes, and runs the same luck again. Were both treated alike by the tables, no swap would change
anything. What does is an assumption or a record about a country, and stands here with the place where it is
written.

- A number is half of what the swap takes off the gap between the two in {last}: so many points of the gap
  rest on the input. Above zero the input favours {one}, below zero {other}. Relabelling both in everything
  changes nothing, so that swapping all but one says the same from the other side. Parts do not sum to a gap:
  inputs work together.
- Vendors are paired in each domain by their base in the first year, home economies by size. What the one
  makes of the other becomes what the other makes of it.
- *base* is the share of their vendors in the world's installed capacity, *standards* that of the standards
  they own.
- *whose vendors* gives each the other's vendors with all that they are; cost, quality, support and the like
  are parts of it. *venues* gives two bodies each other's domains.

{runs} runs, seed {seed}, to {last}; intervals of {confidence:.0f} % over pairs of runs. `{command}` makes the
numbers. `tests/studies/test_audit.py` holds the audit to account: in an even world it finds nothing, and it
names what is planted.

In the baseline {one} less {other} is {base} points of base and {standards} of standards.
"""


def page(found: xr.Dataset) -> str:
    """The page of an audit."""
    about = found.attrs
    gap = {m: signed(100 * found["gap"].sel(measure=m).item()) for m in found["measure"].values}
    text = HEAD.format(
        **gap,
        **{name: about[name] for name in ("one", "other", "runs", "seed")},
        last=about["last_year"],
        confidence=100 * CONFIDENCE,
        command=f"lockin audit {about['one']} {about['other']}",
    )
    lines = [
        "| input | base, points | standards, points | columns | sources | status |",
        "|---|---|---|---|---|---|",
    ]
    small = []
    for name in map(str, found["input"].values):
        row = found.sel(input=name)
        if float(abs(row["part"]).max()) * 100 < SMALL:
            small.append(name)
            continue
        cells = [_cell(row, m) for m in found["measure"].values]
        places = ", ".join(f"`{c}`" for c in str(row["columns"].item()).split(", ") if c)
        known = [str(row[what].item()) for what in ("sources", "statuses")]
        lines.append(f"| {' | '.join([name, *cells, places, *known])} |")
    rest = f"\n\nBelow {number(SMALL, 2)} points in both: {', '.join(small)}." if small else ""
    return f"{text}\n" + "\n".join(lines) + rest + "\n"


def _cell(row: xr.Dataset, measure: str) -> str:
    """A part in per cent with its interval."""
    part, low, high = (
        100 * row[name].sel(measure=measure).item() for name in ("part", "part_low", "part_high")
    )
    return f"{signed(part, 2)} [{signed(low, 2)}, {signed(high, 2)}]"


def main(arguments: list[str]) -> int:
    """Run the audit and write the page."""
    runs = int(arguments[0]) if arguments else RUNS
    PAGE.write_text(page(audit(runs=runs, seed=SEED, progress=True)), encoding="utf-8")
    print(f"{PAGE.name}: {len(PAGE.read_text(encoding='utf-8').splitlines())} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
