"""What every known-answer case shares: its luck, its measurements, and the record the page is made of.

``SEED=n pytest tests/theory`` draws afresh; without it the suite tries the same numbers for ever.
``VERIFICATION_OUT=file.json`` keeps what was measured, by worker or not.  ``MUTANT=name`` plants a mistake.
"""

import importlib.metadata
import itertools
import json
import os
from pathlib import Path

import pytest
from theory import mutants, regions
from theory.case import KEY, Case

if "MUTANT" in os.environ:
    mutants.plant(os.environ["MUTANT"])

_kept = []

#: What the checks of a test have in common.
_COMMON = ("case", "test", "proves", "engine")


@pytest.fixture
def case(request):
    return Case(request)


def pytest_runtest_logreport(report):
    if report.when == "call":
        _kept.extend(value for key, value in report.user_properties if key == KEY)


def pytest_sessionfinish(session):
    target = os.environ.get("VERIFICATION_OUT")
    if target and not hasattr(session.config, "workerinput"):
        records = sorted(_kept, key=lambda r: (r["case"], r["test"], r["quantity"]))
        version = importlib.metadata.version("lockin-sim")
        seed = os.environ.get("SEED", "fixed")
        content = {"version": version, "seed": seed, "alpha": regions.ALPHA, "tests": by_test(records)}
        path = Path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def by_test(records: list[dict]) -> list[dict]:
    """What each test proves, once, and its checks."""
    groups = itertools.groupby(records, lambda record: {name: record[name] for name in _COMMON})
    return [
        about | {"checks": [{k: v for k, v in record.items() if k not in _COMMON} for record in checks]}
        for about, checks in groups
    ]
