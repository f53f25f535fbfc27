"""Does the table of what people wait for set both packages side by side, round by round?"""

from benchmarks.waiting import TASKS, measure, page


class Timed:
    """A package whose tasks take so many seconds."""

    def __init__(self, seconds):
        self.seconds, self.asked = seconds, []

    def cpu(self, code):
        self.asked.append(code)
        return self.seconds


def test_each_round_asks_both_and_the_table_says_the_ratio(capsys):
    now, before = Timed(1.0), Timed(4.0)
    found = measure([now, before], TASKS, rounds=2)
    assert now.asked == before.asked
    assert found["arithmetic"] == [[1.0, 1.0], [4.0, 4.0]]
    assert "| arithmetic | 1.00 | 4.00 | 0.25 | 0.25 to 0.25 |" in page(found, "abc")
    assert len(page(found, "abc").splitlines()) == len(TASKS) + 4
