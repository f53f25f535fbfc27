"""The chain from a first mover to a standard under every structural alternative, and the ledger of 2015."""

from __future__ import annotations

from pathlib import Path

import lockin_sim as ls
from lockin_sim import plots
from lockin_sim.studies.chain_answer import answer, write_chain
from lockin_sim.studies.variants import ALTERNATIVES, DEFAULT

SEED = 1
YEARS = (2010, 2050)
READ = (2020, 2035, 2050)

#: Quantities that tables have of the other alternatives, in all years but the first.
COMPARED = ("base", "economies", "status", "reach", "share", "sales")

#: Economies of the ledger: large and small ones of every region abroad.
ECONOMIES = ("KEN", "NGA", "ETH", "ZAF", "EGY", "PAK", "IDN", "THA", "BRA", "MEX", "DEU", "HUN")

#: Year in which a network is won.
WON = 2015


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Tables of effects, of what passes through every cut, and of links; figures; three sentences."""
    runs, names = (2, ("default",)) if reduced else (48, tuple(ALTERNATIVES))
    read = READ[-1:] if reduced else READ
    found = ls.chain(names, runs=runs, seed=SEED, years=YEARS, workers=workers)
    write_chain(found, folder, read)
    told = [sentence for year in read[-2:] for sentence in answer(found, year=year)]
    (folder / "answer.txt").write_text("\n".join(told) + "\n", encoding="utf-8")
    shown = read[-2:][0]
    plots.save(plots.chain(found, year=shown), folder / "chain.png")
    plots.save(plots.chain_alternatives(found, year=shown), folder / "alternatives.png")
    economies = ECONOMIES[:2] if reduced else ECONOMIES
    won = ls.ledger(economies, year=WON, runs=runs, seed=SEED, years=YEARS, workers=workers)
    ledger = folder / "ledger"
    ledger.mkdir()
    write_chain(won, ledger, (2027, *read))


def stored(table: str, row: dict[str, str]) -> bool:
    """All of the model as declared; of other alternatives what they are compared by."""
    if row.get("alternative", DEFAULT) == DEFAULT:
        return True
    return int(row["year"]) > READ[0] and row.get("quantity", "reach") in COMPARED
