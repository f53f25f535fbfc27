"""Score the bundled record; write the scores that the package holds, and docs/validation.md about them.

    python tools/make_validation.py [--text]

Simulates two ensembles (some minutes).  ``--text`` writes the passages from the scores as they are.
A passage stands between ``<!-- measured: NAME -->`` and ``<!-- end measured -->``; other text is by hand.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import lockin_sim as ls
from lockin_sim.evidence import skill_words
from lockin_sim.evidence.scores import MEASURED, format_scores_json, write_score_passages
from lockin_sim.evidence.validate import validate

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "validation.md"
SCORES = ROOT / "lockin_sim" / "evidence" / MEASURED
_PASSAGE = re.compile(r"(<!-- measured: (\S+) -->\n).*?(<!-- end measured -->)", re.DOTALL)


def written(text: str) -> str:
    """The page with its passages from the scores that the package holds."""
    made = write_score_passages() | skill_words.write_left_out_passages(skill_words.read_bundled_skills())
    return _PASSAGE.sub(lambda m: f"{m[1]}{made[m[2]]}\n{m[3]}", text)


def main() -> None:
    """Measure, or with --text use the scores of the package, and write the page."""
    if "--text" not in sys.argv[1:]:
        with ls.running(engine="fast"):
            found = validate(workers=None, progress=True)
        rows = {"scores": found.scores, "misses": found.misses, "intervals": found.intervals}
        rows |= vars(found.left_out)
        SCORES.write_text(format_scores_json(found.about, rows), encoding="utf-8")
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
