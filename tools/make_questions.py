"""Write results/questions.csv, what docs/questions.md says of ten questions, and the page's table.

    python tools/make_questions.py

Each question is a built-in scenario, read where it acts; its alternatives and the baseline are arms on the
same luck.  The table of the page comes from the file alone, see ``numbered_pages.questions``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

import make_odd
from numbered_pages import AS_ASKED, ASKED, Answer

import lockin_sim as ls
from lockin_sim.settings.policies import QUESTIONS
from lockin_sim.studies.places import select

RUNS, SEED, YEARS = 32, 1, (2035, 2050)

_NETWORKS = "mobile_network"


#: The outcome that answers each question, by scenario; of others it is the share in Africa.
OUTCOMES = {
    "germany_lifts": f"dependence[DEU,CHN,{_NETWORKS}]",
    "digital_oda": f"dependence[borrowers,CHN,{_NETWORKS}]",
    "first_european": f"dependence[UGA,EU,{_NETWORKS}]",
    "us_leaves_bodies": "status_ITU",
    "training": "status_ITU",
}


def answers(name: str) -> Iterator[Answer]:
    """What a scenario and its alternatives change, in the years of the page."""
    policy, outcome = ls.load_scenario(name), OUTCOMES.get(name, f"dependence[Africa,CHN,{_NETWORKS}]")
    others = zip(policy.otherwise, policy.alternatives(), strict=True)
    arms = {"without": ls.Arm(), AS_ASKED: ls.Arm(policy)}
    arms |= {other.when: ls.Arm(scenario) for other, scenario in others}
    found = ls.contrast(arms, outcomes=outcome, years=YEARS, runs=RUNS, seed=SEED, workers=1)
    found = found.squeeze()
    label = select(ls.load_world(), [outcome])[outcome].label
    for when in list(arms)[1:]:
        for year in YEARS:
            at = found.sel(arm=when, year=year)
            level = 100 * float(found["level"].sel(arm="without", year=year))
            moved = (100 * float(at[f"effect{end}"]) for end in ("", "_q05", "_q95"))
            said = (f"{value:.3g}" for value in (level, *moved))
            yield Answer(name, when, label, str(year), *said, f"{float(at['agree']):.0%}")


def main() -> int:
    """Run the arms of every question, and write."""
    with ls.running(engine="fast"):
        rows = [answer for name in QUESTIONS for answer in answers(name)]
    with ASKED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Answer._fields)
        writer.writerows(rows)
    return make_odd.main([])


if __name__ == "__main__":
    raise SystemExit(main())
