"""What the commands that measure share: how they are asked, and how they write."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

#: Folder of the results where no other is named.
OUT = Path(__file__).parents[1] / "results" / "benchmarks"


def asked(
    module: str,
    about: str | None,
    arguments: Sequence[str] | None,
    *,
    takes: str,
    rounds: int,
    quick_rounds: int,
) -> argparse.Namespace:
    """The arguments ``quick``, ``rounds``, ``out`` and ``before`` of a command whose contestants take turns.

    takes         how long a quick pass takes, in words
    rounds        where no number is given;  quick_rounds  of a quick pass
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--quick", action="store_true", help=f"a rough pass in {takes}")
    parser.add_argument(
        "--rounds", type=int, metavar="N", help=f"rounds; {rounds}, or {quick_rounds} if quick"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="folder of the results")
    parser.add_argument("--before", default="", metavar="COMMIT", help="measure an earlier commit, too")
    chosen = parser.parse_args(arguments)
    chosen.rounds = chosen.rounds or (quick_rounds if chosen.quick else rounds)
    return chosen


def say(text: str) -> None:
    """What is measured now, on the error stream."""
    print(text, file=sys.stderr, flush=True)


def write(folder: Path, name: str, result: Mapping[str, Any], page: str) -> None:
    """A result as JSON and as a page, which is printed, too."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(page, encoding="utf-8")
    print(page)
