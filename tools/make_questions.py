"""Write results/questions.csv, what docs/questions.md says of ten questions, and the page's table.

    python tools/make_questions.py [SCENARIO ...]

Each question is a built-in scenario, read where it acts; its alternatives and the baseline are arms on the
same luck.  Of scenarios that are named the rows are made again, all others stay.  What the page says comes
from the file alone, see ``numbered_pages.questions``.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator

import make_odd
import numpy as np
from numbered_pages import ALONE, AS_ASKED, ASKED, Answer, answered

import lockin_sim as ls
from lockin_sim.comparisons.by_group import ADOPTERS, OTHER_STATES, TOTAL, TRAINING, public_cost
from lockin_sim.comparisons.measured_places import select_outcomes
from lockin_sim.settings.levers.use import LeverUse
from lockin_sim.settings.policies import QUESTIONS
from lockin_sim.settings.scenario import Scenario
from lockin_sim.world.names import format_label

YEARS = (2035, 2050)

_NETWORKS = "mobile_network"


#: The outcome that answers each question, by scenario; of others it is the share in Africa.
OUTCOMES = {
    "germany_lifts": f"dependence[DEU,CHN,{_NETWORKS}]",
    "digital_oda": f"dependence[borrowers,CHN,{_NETWORKS}]",
    "first_european": f"dependence[UGA,EU,{_NETWORKS}]",
    "us_leaves_bodies": "status_ITU",
    "training": "status_ITU",
}

#: What of the bills is looked at, if not all.
ITEM = {"training": TRAINING}

#: Single economies that are courted alone: large and small ones of every region.
COURTED = ("IND", "IDN", "SAU", "NGA", "KEN", "BRA", "MEX", "FJI")


def arms_of(policy: Scenario) -> dict[str, Scenario]:
    """A scenario as it is, under its other assumptions, and to whom else it could go, by what is assumed."""
    others = zip(policy.otherwise, policy.alternatives(), strict=True)
    found = {AS_ASKED: policy} | {other.when: scenario for other, scenario in others}
    if policy.name == "training":
        (use,) = policy.levers
        for code in COURTED:
            alone = LeverUse.model_validate(use.content | {"where": code})
            update = {"name": f"{policy.name} {code}", "levers": (alone,), "otherwise": ()}
            found[f"{ALONE}{format_label('country', code)}"] = policy.model_copy(update=update)
    return found


def answers(name: str) -> Iterator[Answer]:
    """What a scenario and its alternatives change and cost, in the years of the page."""
    arms = arms_of(ls.load_scenario(name))
    outcome = OUTCOMES.get(name, f"dependence[Africa,CHN,{_NETWORKS}]")
    without = "without"
    found = ls.contrast(
        {without: ls.Arm()} | {when: ls.Arm(policy) for when, policy in arms.items()},
        outcomes=outcome, years=YEARS, workers=1,
    ).squeeze()  # fmt: skip
    label = select_outcomes(ls.load_world(), [outcome])[outcome].label
    paid = bills(name, arms, outcome)
    for when in arms:
        for year in YEARS:
            at = found.sel(arm=when, year=year)
            level = 100 * float(found["level"].sel(arm=without, year=year))
            moved = (100 * float(at[f"effect{end}"]) for end in ("", "_q05", "_q95", "_low", "_high"))
            said = (f"{value:.3g}" for value in (level, *moved))
            yield Answer(name, when, label, str(year), *said, f"{float(at['agree']):.0%}", *paid[when])


def bills(name: str, arms: dict[str, Scenario], outcome: str) -> dict[str, tuple[str, ...]]:
    """Who pays most for each arm by the last year, of those whose mean bill surely is not zero, and how much
    with the range of nine in ten futures; nobody and nothing where there is none."""
    found = public_cost(list(arms.values()), outcomes=outcome, posterior="bundled", workers=1)
    payers, paid = [*ls.load_world().sponsors, OTHER_STATES, ADOPTERS], dict[str, tuple[str, ...]]()
    for when, policy in arms.items():
        at = {"scenario": policy.name, "item": ITEM.get(name, TOTAL), "year": YEARS[-1], "payer": payers}
        bill = found.sel(at)
        sure = (bill["effect_low"] > 0) | (bill["effect_high"] < 0)
        most = int(np.abs(bill["effect"].where(sure, 0.0).values).argmax())
        mine = bill.isel(payer=most)
        cells = (f"{float(mine[f'effect{end}']):.3g}" for end in ("", "_q05", "_q95"))
        paid[when] = (payers[most], *cells) if bool(sure[most]) else ("", "0", "0", "0")
    return paid


def main() -> int:
    """Run the arms of questions, and write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("scenario", nargs="*", choices=[[], *QUESTIONS], metavar="SCENARIO")
    chosen = options.parse_args().scenario or QUESTIONS
    kept = answered() if set(chosen) < set(QUESTIONS) else []
    with ls.running(engine="fast"):
        new = {name: list(answers(name)) for name in chosen}
    found = {name: new.get(name, [row for row in kept if row.scenario == name]) for name in QUESTIONS}
    with ASKED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Answer._fields)
        writer.writerows(row for rows in found.values() for row in rows)
    return make_odd.main([])


if __name__ == "__main__":
    raise SystemExit(main())
