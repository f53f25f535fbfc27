"""The chain from a first mover to a standard: its sums, its cuts, and one more network won."""

import numpy as np
import pytest
from plots.readable import assert_readable

import lockin_sim as ls
from lockin_sim.comparisons.trial import build_setup
from lockin_sim.comparisons.variants import DRAWN
from lockin_sim.pages import plots
from lockin_sim.pages.plots.kit.style import QUIET
from lockin_sim.pages.plots.standards import STEPS
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.settings.parameters import collect_declarations
from lockin_sim.studies.chain import ESTIMATED, LINKS, QUANTITIES, build_alternative_parameters, plan_chain
from lockin_sim.studies.chain_answer import describe_chain, find_chain_group

BASELINE = ls.load_scenario("baseline")
LAYERS = ["mobile_network", "submarine_cable", "cloud", "smart_city"]
HOW = {
    "runs": 2, "seed": 3, "years": (2010, 2024), "workers": 1, "groups": ["world", "abroad"],
    "domains": LAYERS,
}  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return ls.chain(["default", "fixed_agenda"], **HOW)


def test_every_quantity_is_read_where_it_is(found):
    for name, quantity in QUANTITIES.items():
        level = found["level"].sel(alternative="default", quantity=name, year=2024)
        there = np.isfinite(level).values
        assert there[:2].any() != quantity.of_bodies, name
        assert there[2:].any() == quantity.of_bodies, name


def test_the_lead_is_what_was_given(found):
    """At most that part of the base that was not theirs, abroad: nothing is given where they did not sell."""
    abroad = found.sel(alternative="default", change="lead", quantity="base", place="abroad", year=2010)
    level, effect = float(abroad.level), float(abroad.effect)
    assert 0.3 < effect < 0.6 * (1 - level)


def test_what_a_cut_leaves_out_is_what_passes_through_it(found):
    """Without an elasticity nothing passes through the agenda, and a lead moves none."""
    still = found.sel(alternative="fixed_agenda")
    moved = still["effect"].sel(change="lead", quantity="contributions")
    assert float(np.nanmax(np.abs(moved))) == 0.0
    np.testing.assert_array_equal(np.nan_to_num(still["through"].sel(part="agenda")), 0.0)
    assert float(found["effect"].sel(alternative="default", change="lead", quantity="contributions",
                                     place="3GPP", year=2013)) > 0  # fmt: skip


def test_nothing_passes_through_regulators_unless_states_prescribe(found):
    assert float(np.nanmax(np.abs(found["through"].sel(part="regulators")))) == 0.0
    on = ls.chain(["regulators"], **(HOW | {"years": (2010, 2030), "runs": 4}))
    moved = on["through"].sel(alternative="regulators", part="regulators", quantity="demanding", year=2030)
    assert float(np.abs(moved.sel(place=["world", "abroad"])).max()) > 0.0
    level = on["level"].sel(alternative="regulators", quantity="demanding", place="abroad", year=2030)
    assert float(level) > 0.0


def test_a_link_is_the_effect_after_over_the_effect_before(found):
    at = {"alternative": "default", "year": 2024}
    for name, link in LINKS.items():
        moved = found["effect"].sel(at | {"change": link.change})
        places = {q: "all bodies" if QUANTITIES[q].of_bodies else "world" for q in (link.before, link.after)}
        before = moved.sel(quantity=link.before, place=places[link.before])
        if link.before == link.after:
            before = found["effect"].sel(at | {"change": link.change, "year": 2010, "quantity": link.before,
                                               "place": "world"})  # fmt: skip
        after = moved.sel(quantity=link.after, place=places[link.after])
        unit = found["per_unit"].sel(at | {"link": name, "place": places[link.after]})
        if np.isfinite(unit):
            assert float(unit) == pytest.approx(float(after) / float(before)), name


def test_a_lead_meets_the_past_near_the_record_of_each_draw_unless_asked_otherwise():
    how = {"runs": 2, "years": (2010, 2030), "posterior": "bundled"}
    usual, prior = plan_chain(["default"], **how), plan_chain(["default"], history="prior", **how)
    assert all(isinstance(case.history, ConditionedHistories) for case in usual.cases)
    assert len({id(case.history) for case in usual.cases}) == 1
    assert {case.history for case in prior.cases} == {"prior"}
    assert (usual.about["history"], prior.about["history"]) == ("conditioned", "prior")


def test_estimated_parameters_are_drawn_once_for_all_arms():
    one, other = (build_alternative_parameters(DRAWN, build_setup(64, seed=5), BASELINE) for _ in range(2))
    assert one == other
    names = [d.name for d in collect_declarations().values() if d.source.startswith(ESTIMATED)]
    assert {np.unique(getattr(one, name)).size for name in names} == {64}
    fixed = build_alternative_parameters(
        DRAWN, build_setup(64, seed=5, parameters={"vested_interest": 0.0}), BASELINE
    )
    assert fixed.vested_interest == 0.0


# --- shown ----------------------------------------------------------------------------------------------


def test_bars_are_the_effects(found):
    figure = plots.chain(found)
    assert_readable(figure)
    ax = figure.axes[0]
    drawn = [
        patch.get_width() for patch in ax.patches if patch.get_height() < 0.5 and patch.get_zorder() == 3
    ]
    at = {"alternative": "default", "change": "lead", "year": 2024}
    moved = found["effect"].sel(at)
    assert drawn[1] == pytest.approx(100 * float(moved.sel(quantity="base", place="abroad")))
    assert len(drawn) == 1 + len(STEPS)
    assert "reach" in figure.get_suptitle()
    assert "switched off" not in [text.get_text() for text in ax.texts]


def test_what_is_switched_off_is_grey_and_has_no_number(found):
    figure = plots.chain(found, alternative="fixed_agenda")
    assert_readable(figure)
    ax, row = figure.axes[0], 1 + STEPS.index("contributions")
    (said,) = (text for text in ax.texts if text.get_text() == "switched off")
    assert said.get_position()[1] == row
    assert said.get_color() == ax.get_yticklabels()[row].get_color() == QUIET
    assert len([patch for patch in ax.patches if patch.get_zorder() == 3]) == len(STEPS)


def test_where_nothing_was_built_there_is_no_lead_and_the_world_stands_for_all_markets_abroad(found):
    chain = found.isel(place=[0, *range(2, found.sizes["place"])]).assign_attrs(groups=1)
    assert find_chain_group(chain, None) == "world"
    built = found["quantity"] != "base"
    empty = found.assign(level=found["level"].where(built), effect=found["effect"].where(built))
    assert "nothing was built outside China, Hong Kong and Macao in 2010" in " ".join(describe_chain(empty))
