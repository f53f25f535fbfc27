"""Is the page of the present of this record, and are its figures what they are called?"""

import csv
import re
from types import SimpleNamespace

import make_present
import numpy as np
import pytest
from present_runs import After, Missed, Present

from lockin_sim.world.recorded import RECORDED, Recorded, recorded_networks

PAGE = make_present.PAGE.read_text(encoding="utf-8")
PASSAGES = {
    name: text for _, name, text in re.findall(r"(<!-- measured: (\S+) -->\n)(.*?)\n<!-- end", PAGE, re.S)
}


@pytest.fixture
def present():
    """Four economies: recorded high, recorded low, half of it and restricted, and nobody's."""
    part = np.array([[0.9, 0.3, 0.5, 0.2], [0.7, 0.1, 0.5, 0.6]])
    record = np.array([1.0, 0.0, 0.4, np.nan])
    return Present(
        world=SimpleNamespace(countries=("BRA", "VNM", "DEU", "POL")),
        networks=tuple(Recorded(n, 2, n / 2, 2025 if n else None) for n in (2, 2, 1, 0)),
        read=((3, 4), (1, 1), (2, 2), (0, 0)),
        part=np.stack([part, part, part - 0.1], axis=1),
        record=np.stack([record, record]),
        covered=np.array([[1.0, 1.0, 0.5, 0.0]] * 2),
        part_4g=part + 0.1,
        record_4g=record,
        missed=(Missed("BRA", "operator 1", "huawei", "why", 0.25),),
        unmet=1.5,
        lots=8,
        home=np.zeros(4, dtype=bool),
        free=np.array([True, True, False, True]),
    )


def test_errors_are_of_means_over_runs_in_recorded_economies(present):
    assert present.error(2025) == (pytest.approx((20 + 20 + 10) / 3), 3)
    assert present.error(2020) == (pytest.approx((10 + 30 + 20) / 3), 3)  # of runs without contracts of 5G
    assert present.without_runs(2020) == pytest.approx((60 + 40 + 0) / 3)


def test_high_less_low_is_of_economies_that_never_restricted(present):
    assert [some.tolist() for some in present.apart] == [[True, *[False] * 3], [False, True, False, False]]
    assert present.gap(present.record[0]) == pytest.approx(100)
    assert present.gap(present.part[:, 2].mean(axis=0)) == pytest.approx(60)


def test_the_page_is_of_this_record(real_world):
    networks = recorded_networks(real_world)
    words = [each.word for each in networks]
    assert f"the networks of {words.count(RECORDED)} are recorded" in PASSAGES["counted"]
    with make_present.TABLE.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert tuple(head) == make_present.COLUMNS
    assert {row[1]: row[2] for row in rows} == dict(zip(real_world.countries, words, strict=True))
    assert PASSAGES["worst"].count("\n") - 1 == make_present.WORST
    assert re.search(r"\bnan\b|\binf\b", PAGE) is None


def test_restrictions_that_stay_and_that_end_stand_beside_the_rule():
    said = make_present.restrictions(
        [After("as declared", np.array([33.0, 29, 9]), np.array([0.2, 0.1, 0.0]))]
    )
    assert said.splitlines()[-1] == "| as declared | 33 | 29 | 9.0 | 20 | 10 | 0.0 |"
    declared, stay, end = ([float(cell) for cell in row.split("|")[2:-1]]
                           for row in PASSAGES["restrictions"].splitlines()[2:])  # fmt: skip
    assert end[2] < declared[2] < stay[2]
    assert stay[5] < declared[5] < end[5]  # the EU's networks, the other way
