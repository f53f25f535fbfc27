"""Plant the classic mistakes one at a time, and show that some known-answer test fails for each.

    python tools/mutation_check.py [NAME ...]

Writes results/verification/mutations.json; exits with 1 if a mistake goes unnoticed, or no longer fits the
code that it was to be planted in.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from theory.mutants import MUTANTS  # noqa: E402

RESULT = ROOT / "results" / "verification" / "mutations.json"
ARGUMENTS = ("-q", "-x", "-m", "not slow", "-p", "no:cacheprovider", "tests/theory")


def tried(tests: str, name: str) -> tuple[str, str]:
    """The first test whose measurement failed with a mistake planted; else "" and what happened instead.

    Mistakes are planted in the vectorised engine, and in rules that both engines share.
    """
    environment = os.environ | {"MUTANT": name}
    environment.pop("VERIFICATION_OUT", None)
    command = [sys.executable, "-m", "pytest", *ARGUMENTS, "-k", f"({tests}) and not mesa"]
    outcome = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    failed = re.search(r"^FAILED tests/theory/(\S+)", outcome.stdout, re.MULTILINE)
    measured = re.search(r"^E +AssertionError: \w+ .*: measured ", outcome.stdout, re.MULTILINE)
    if outcome.returncode == 1 and failed and measured:
        return failed.group(1), ""
    why = f"no measurement failed (exit code {outcome.returncode})"
    return "", f"{why}\n{outcome.stdout[-1500:]}{outcome.stderr[-1500:]}"


def main(names: list[str]) -> int:
    """Plant each mistake, report, and keep the record of a whole check."""
    unnoticed, records = [], []
    for name in names or MUTANTS:
        mutant, began = MUTANTS[name], time.perf_counter()
        by, otherwise = tried(mutant.tests, name)
        caught = bool(by)
        records.append({"mutant": name, "mistake": mutant.mistake, "caught": caught, "by": by})
        print(
            f"{'caught' if caught else 'MISSED':7} {name:24} {time.perf_counter() - began:5.1f} s  {by}",
            flush=True,
        )
        if not caught:
            print(otherwise, file=sys.stderr)
            unnoticed.append(name)
    if not names:
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        content = {"version": importlib.metadata.version("lockin-sim"), "mistakes": records}
        RESULT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    if unnoticed:
        print("unnoticed: " + ", ".join(unnoticed), file=sys.stderr)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
