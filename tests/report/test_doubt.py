"""How sure an effect is, in words that hold for any numbers."""

from reader import plain

from lockin_sim.report.evidence import Evidence
from lockin_sim.report.page import answer, command, short
from lockin_sim.report.record import misfit


def test_the_answer_says_what_runs_differ_by_and_the_known_miss(studies):
    effects = studies["effects"]
    assert "run-to-run variation only" in answer(Evidence(studies))[-1]
    effects.attrs |= {"posterior": "bundled", "parameters_drawn": 45, "effective_draws": 53.1}
    said = answer(Evidence(studies))[-1]
    assert "45 uncertain parameters" in said
    assert "all draws are worth 53 independent ones" in said
    assert "we did not try other models here" in said
    assert plain(misfit()).removeprefix("the model") in plain(said)
    first, last = short(Evidence(studies))
    assert last == said
    assert "To assume something else, compare 'eu_coordinated, if " in first


def test_a_drawn_structure_is_said_and_repeated_by_the_command(studies):
    studies["effects"].attrs |= {
        "posterior": "bundled", "parameters_drawn": 45, "effective_draws": 53.1,
        "structure": "drawn", "structures": 22,
    }  # fmt: skip
    evidence = Evidence(studies)
    said = answer(evidence)[-1]
    assert "half of the draws have the declared structure of the model, half one of 21 others" in said
    assert "does not vary" not in said
    assert "--structure drawn" in command(evidence)
