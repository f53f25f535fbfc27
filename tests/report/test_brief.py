"""Does the brief name what serves each goal, and say what other futures do to the answer?"""

from reader import LAST, plain, read, set_numbers

import lockin_sim as ls
from lockin_sim.prose import say
from lockin_sim.report import Evidence, page
from lockin_sim.report.goals import at_a_glance, choices, goals, who_pays
from lockin_sim.report.record import fit, implausible, misfit, missed, recorded
from lockin_sim.studies.places import HEADLINES

# --- the brief ---


OF_EU = "dependence[EU,CHN,mobile_network]"


def set_goal(studies, policy, mean, outcome=OF_EU):
    at = {"scenario": policy, "outcome": outcome, "year": LAST}
    set_numbers(studies["effects"], mean, mean - 0.001, mean + 0.001, **at)


def set_group(studies, measure, group, policy, mean):
    at = {"scenario": policy, "measure": measure, "group": group, "year": LAST}
    set_numbers(studies["by_group"], mean, mean - 0.001, mean + 0.001, **at)


def test_a_goal_names_the_policy_that_serves_it_most(studies):
    set_goal(studies, "eu_coordinated", -0.12)
    set_group(studies, "sales_CHN", "world", "eu_coordinated", -0.03)
    set_group(studies, "surplus", "income:low", "eu_coordinated", -0.025)
    evidence = Evidence(studies)
    goal = next(goal for goal in goals(evidence) if "EU" in goal.title)
    (choice,) = choices(evidence, goal)
    assert (choice.kind, choice.title) == ("Best single policy", "EU coordinated stance")
    assert (plain(choice.effect.change), plain(choice.effect.ends)) == ("-12 percentage points", "-12 to -12")
    assert "Chinese vendors (-3.0 points of the world's sales)" in plain(choice.loses)
    weight = ls.Parameters().price_weight
    assert f"low-income economies ({2.5 / weight:.2f} %" in plain(choice.loses)
    scenario = ls.load_scenario("eu_coordinated")
    assert choice.decides == scenario.decides


def test_one_row_a_goal_says_what_to_take_and_what_it_costs(studies):
    set_goal(studies, "eu_coordinated", -0.12)
    evidence = Evidence(studies)
    made = [(goal, choices(evidence, goal)) for goal in goals(evidence)]
    table = at_a_glance(evidence, made)
    assert [name for name, _ in table.rows] == [goal.title for goal, _ in made]
    assert all(len(cells) == len(table.heads) - 1 for _, cells in table.rows)
    (cells,) = (cells for name, cells in table.rows if "dependence of the EU" in name)
    assert cells[0].text == "EU coordinated stance"
    assert plain(cells[1].text) == f"-12 percentage points by {LAST}"
    assert cells[2].text == who_pays(evidence, made[1][1][0].effect)
    assert cells[3].text == made[1][1][0].futures
    set_goal(studies, "eu_coordinated", 0.12)
    evidence = Evidence(studies)
    none = at_a_glance(evidence, [(goal, choices(evidence, goal)) for goal in goals(evidence)])
    (cells,) = (cells for name, cells in none.rows if "dependence of the EU" in name)
    assert [cell.text for cell in cells] == ["do nothing", say("goals.nothing"), "–", "–"]


def test_a_yardstick_is_no_choice_and_a_goal_that_nothing_serves_says_so(studies):
    set_goal(studies, "no_dsr", -0.5)
    set_goal(studies, "eu_coordinated", 0.1)
    evidence = Evidence(studies)
    goal = next(goal for goal in goals(evidence) if "EU" in goal.title)
    assert choices(evidence, goal) == []
    (article,) = (a for a in read(page(studies, {})).by_id("goals").all("article") if goal.title in a.text)
    assert "doing nothing" in article.text.lower()
    assert "No Digital Silk Road" not in article.text


def test_the_known_misfit_stands_in_the_answer(tree):
    misses, of = missed()
    assert 0 < misses < of
    assert plain(misfit()).removeprefix("the ") in plain(tree.by_id("answer").text)
    said = fit()
    assert said in tree.by_id("record").text
    assert f"{of - misses} of {of} patterns" in said
    assert all(0 <= row.reported <= 100 and 0 <= row.simulated <= 100 for row in recorded())
    (card,) = [row for row in recorded() if row.vendor == "unionpay" and row.year == "2015"]
    assert card.title == "UnionPay, share of sales in the world, 2015, counted by transactions"
    assert "digital_payments" not in implausible()  # cards are met by value, as the model counts them
    off = sum(abs(row.off) for row in recorded()) / len(recorded())
    assert f"off by {off:.0f} points on average over {len(recorded())} reported shares" in said


def test_futures_judge_what_the_page_is_about(studies):
    assert {*HEADLINES, "surplus"} <= set(studies["futures"]["outcome"].values)
