"""Does the page of history say numbers, and hold what its maker writes?"""

import re

import make_history
import pytest
from history_runs import simulated

from lockin_sim.world import records

PAGE = make_history.PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def history():
    return simulated(2, 77, facts=True)


def test_all_words_are_numbers_where_they_should_be(history):
    said = [make_history.glance(history), make_history.names(history), make_history.restrictions(history)]
    said += [make_history.borrowers(history), make_history.money(history), make_history.qualities()]
    said += [make_history.market(history, domain) for domain in history.world.domains]
    said += [make_history.market_title(history, domain) for domain in history.world.domains]
    said += [make_history.lines_title(history, domain) for domain in history.world.domains]
    assert [text for text in said if re.search(r"\bnan\b|\binf\b", text)] == []


def test_every_market_has_a_map_and_lines(history):
    wanted = {f"history_{domain}_{kind}.png" for domain in history.world.domains for kind in ("map", "lines")}
    shown = set(re.findall(r"\(images/(history_\w+\.png)\)", PAGE))
    assert shown == wanted | {"history_spending.png", "history_qualities.png"}


def test_figures_are_light():
    sizes = [path.stat().st_size for path in make_history.IMAGES.glob("history_*.png")]
    assert max(sizes) < 150_000
    assert sum(sizes) < 1_500_000


def test_nothing_that_is_kept_aside_is_read(history):
    table = records("observations")
    columns = [table[name].tolist() for name in ("domain", "scope", "year", "split")]
    of_split = {"fit": set(), "held": set()}
    for domain, place, year, split in zip(*columns, strict=True):
        of_split[split].add((domain, place, year))
    kept_aside = of_split["held"] - of_split["fit"]
    assert kept_aside
    asked = {(t.question.domain, t.question.place, t.question.year) for t in history.told}
    assert asked & kept_aside == set()
    assert max(year for *_, year in asked) <= 2020
