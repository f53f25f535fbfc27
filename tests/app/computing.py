"""What the processes of the app do, done here: units that wait are computed one after the other."""


def compute(desk, most=1000):
    """Compute what waits, as the processes would; how many units that were."""
    done = 0
    while desk.turns._waiting and done < most:
        taken = desk.turns.take()
        assert taken is not None
        _, unit = taken
        try:
            result = unit.work(None)
        except Exception as error:
            result = error
        unit.inbox.put((unit.key, result))
        done += 1
    return done


def until(session, ready):
    """Compute and collect until something holds; all that was new on the way."""
    new = set()
    for _ in range(200):
        new |= session.collect()
        if ready():
            return new
        assert compute(session.desk, 1) or session.inbox.qsize(), "nothing waits, and it does not hold"
    raise AssertionError("it does not come to hold")
