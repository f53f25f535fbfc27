"""How fast the simulation is, against what it could be: ``make bench``, or ``python -m benchmarks --help``.

One run measures every contestant in turn, round after round, so that a machine whose speed drifts, or that
others use too, slows all of them alike; medians over the rounds are reported.  Results go to
``results/benchmarks/`` as JSON and as a table.
"""
