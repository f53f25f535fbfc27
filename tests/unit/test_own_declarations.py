"""What cannot be a lever or an outcome of one's own is refused where it is declared, and takes no place."""

import pytest

import lockin_sim as ls
from lockin_sim.settings.levers import LEVERS, Reach, amount


def warranty(at: Reach, *, worth: float = amount(0.0, "worth", "utility", 0, 2, "neutral 0")) -> None:
    """A longer warranty."""


def bare(at: Reach, *, worth: float = 0.5) -> None:
    """Its setting is a number."""


def open_ended(at: Reach, *, worth: float) -> None:
    """Its setting has no default."""


def restriction(at: Reach, *, worth: float = amount(0.0, "worth", "utility", 0, 2, "neutral 0")) -> None:
    """Has the name of a lever of the package."""


def retention(ds, world):
    """Has the name of an outcome of the package."""


@pytest.mark.parametrize(
    ("target", "function", "said"),
    [
        ("vendors", warranty, "lever: target: found 'vendors'.*Did you mean 'vendor'"),
        ("vendor", bare, r"lever bare: worth: found 0.5; allowed: amount\(...\) or choice"),
        ("vendor", open_ended, "lever open_ended: worth: found 'no default'"),
        ("country", restriction, "lever: found 'restriction'; allowed: a name that no lever"),
    ],
)
def test_a_lever_that_cannot_be_is_refused_where_it_is_declared(target, function, said):
    before = dict(LEVERS)
    with pytest.raises(ls.InputError, match=said):
        ls.lever(target)(function)
    assert before == LEVERS


@pytest.mark.parametrize("name", ["retention", "status_ITU", "cn2035_reach", "dependence_CHN"])
def test_an_outcome_of_the_package_is_not_replaced(name):
    """Neither one that is declared by itself, nor one of a body, a family or a sponsor."""
    before = ls.outcomes()[name].doc
    with pytest.raises(ls.InputError, match=f"outcome: found '{name}'; allowed: a name that no outcome"):
        ls.own_outcome("share", "what else is retained", name=name)(retention)
    assert ls.outcomes()[name].doc == before != retention.__doc__


def test_a_lever_of_ones_own_may_be_declared_again(monkeypatch):
    """As where a cell of a notebook runs twice."""
    monkeypatch.setattr("lockin_sim.settings.levers.declaration.LEVERS", levers := dict(LEVERS))
    for title in ("Warranty", "A longer warranty"):
        ls.lever("vendor", title)(warranty)
        assert levers["warranty"].title == title
