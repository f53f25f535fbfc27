"""Does the report say who pays and who loses, and where the model misses the record?"""

from reader import LAST, plain, set_numbers

import lockin_sim as ls
from lockin_sim.report import Evidence
from lockin_sim.report.record import fit, implausible, misfit, missed, recorded
from lockin_sim.report.tables import pays_table


def set_group(studies, measure, group, policy, mean):
    at = {"scenario": policy, "measure": measure, "group": group, "year": LAST}
    set_numbers(studies["by_group"], mean, mean - 0.001, mean + 0.001, **at)


def test_who_loses_is_named(studies):
    set_group(studies, "sales_CHN", "world", "eu_coordinated", -0.03)
    set_group(studies, "surplus", "income:low", "eu_coordinated", -0.025)
    table = pays_table(Evidence(studies))
    cells = dict(table.rows)["EU coordinated stance"]
    loses = plain(dict(zip(table.heads[1:], cells, strict=True))["who loses"].text)
    assert "Chinese vendors (-3.0 points of the world's sales)" in loses
    weight = ls.Parameters().price_weight
    assert f"low-income economies ({2.5 / weight:.2f} %" in loses


def test_the_known_misfit_stands_in_the_answer(tree, annexed):
    misses, of = missed()
    assert 0 < misses < of
    assert plain(misfit()).removeprefix("the ") in plain(tree.by_id("answer").text)
    said = fit()
    assert said in annexed.by_id("record").text
    assert f"{of - misses} of {of} patterns" in said
    assert all(0 <= row.reported <= 100 and 0 <= row.simulated <= 100 for row in recorded())
    (card,) = [row for row in recorded() if row.vendor == "unionpay" and row.year == "2015"]
    assert card.title == "UnionPay, share of sales in the world, 2015, counted by transactions"
    assert "digital_payments" not in implausible()  # cards are met by value, as the model counts them
    off = sum(abs(row.off) for row in recorded()) / len(recorded())
    assert f"off by {off:.0f} points on average over {len(recorded())} reported shares" in said
