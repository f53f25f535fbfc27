"""Compute the answers that the app shows at once: lockin_sim/data/answers.zip.

    python tools/make_answers.py [SCENARIO ...] [--runs 64] [--workers N]

To be run again after every change of world, draws, scenarios or rules.  Until then the app shows none of
another world, other draws, other rules or changed scenarios, and a test in tests/app/test_answers.py fails.
Where scenarios are named all others stay as they are: for changes that move none of them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lockin_sim.app import answers
from lockin_sim.app.server import build_shared_context
from lockin_sim.app.session import LIMITS
from lockin_sim.app.workers import RoundRobinQueue
from lockin_sim.common.conventions import RUNS
from lockin_sim.settings.ensemble import BUNDLED_NAME

DATA = Path(__file__).resolve().parent.parent / "lockin_sim" / "data"

#: Most bytes of the file.
MOST = 3_000_000


def main() -> None:
    """Compute and write them."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("scenario", nargs="*", metavar="SCENARIO")
    options.add_argument("--runs", type=int, default=RUNS.pool)
    options.add_argument("--workers", type=int)
    options.add_argument("--out", type=Path, default=DATA / answers.FILE)
    how = options.parse_args()
    desk = build_shared_context(RoundRobinQueue(LIMITS.waiting), posterior=BUNDLED_NAME)
    found = answers.compute_answers(desk, how.runs, how.workers, how.scenario)
    answers.write_answers(answers.update_answers(found) if how.scenario else found, how.out)
    size = how.out.stat().st_size
    print(f"{how.out.name}: {size:,} bytes, {how.runs} runs")
    assert size <= MOST, f"{size} bytes, of at most {MOST}"


if __name__ == "__main__":
    main()
