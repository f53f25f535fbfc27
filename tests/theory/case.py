"""One known-answer case: its own luck, and checks that are recorded before they may fail."""

import hashlib
import os
from pathlib import Path

import numpy as np
from theory import regions, runs

KEY = "verification"


def case_of(name):
    """``test_v10_share_after_some_years[core]`` is a test of V10."""
    label = name.removeprefix("test_").split("_")[0]
    return label.upper()


class Case:
    """One test: a source of luck, and checks that are recorded before they may fail."""

    def __init__(self, request):
        self._node = request.node
        function = getattr(request.function, "__doc__", "") or ""
        self._about = {
            "case": case_of(request.node.name),
            "test": f"{Path(request.node.path).name}::{request.node.name}",
            "proves": " ".join(function.split("\n\n")[0].split()),
            "engine": dict(getattr(request.node, "callspec", None).params).get("engine", "core")
            if hasattr(request.node, "callspec")
            else "core",
        }
        self.rng = np.random.default_rng(self.seed("numbers"))

    def seed(self, key=0):
        """A seed of this test's own."""
        text = f"{os.environ.get('SEED', '')}/{self._about['test']}/{key}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "little")

    def played(self, world, years, **how):
        """As :func:`theory.runs.played`, by luck of its own."""
        return runs.played(world, years, self.seed(), **how)

    def simulated(self, n, vendors, years, **how):
        """As :func:`theory.runs.simulated`, by luck of its own."""
        return runs.simulated(n, vendors, years, self.seed(), **how)

    def check(self, what, expected, measured, region, n=1, **plot):
        """Record a measurement and refuse it outside its region."""
        passed = region.holds(float(measured))
        self._node.user_properties.append(
            (
                KEY,
                {
                    **self._about,
                    "quantity": what,
                    "expected": float(expected),
                    "measured": float(measured),
                    "low": float(region.low),
                    "high": float(region.high),
                    "rule": region.rule,
                    "n": int(n),
                    "passed": passed,
                    "plot": plot,
                },
            )
        )
        assert passed, (
            f"{self._about['case']} {what}: measured {measured:.6g}, expected {expected:.6g}, "
            f"accepted {region.low:.6g} to {region.high:.6g} ({region.rule}, n = {n})"
        )

    def proportion(self, what, p, hits, **plot):
        """Independent trials that succeed with probability p."""
        hits = np.asarray(hits, dtype=bool).reshape(-1)
        region = regions.binomial(p, hits.size)
        self.check(what, p, hits.mean(), region, hits.size, **plot)

    def counts(self, what, probability, counts):
        """Counts in cells of known probability; of a small sample the distance of the distributions."""
        statistic, cells = regions.pearson(counts, probability)
        if cells < 2:
            n = int(np.sum(counts))
            gap = np.abs(np.cumsum(counts) / n - np.cumsum(probability)).max()
            self.check(what, expected=0.0, measured=float(gap), region=regions.dkw(n), n=n)
            return
        region = regions.chi_square(cells)
        self.check(what, expected=cells - 1, measured=statistic, region=region, n=int(np.sum(counts)))

    def exactly(self, what, expected, measured, **tolerance):
        """A number without chance."""
        self.check(what, expected=expected, measured=measured, region=regions.exact(expected, **tolerance))
