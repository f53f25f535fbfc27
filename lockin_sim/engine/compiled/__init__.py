"""The stages of the vectorised engine, compiled by numba from the same rules and decisions.

Only this package imports numba.  ``rows`` and ``functions`` are what a rule is made of when it works on the
rows of a few customers at once; ``twins`` recompiles rules and decisions as they stand; ``memory`` says how
arrays are looked at, ``blocks`` brings rows in and out of them, and ``lanes`` says whose they are; ``lines``
and ``indexing`` are for loops that only add up, or work on single numbers; ``cache`` keeps what was compiled.
``stages`` holds what is made of all this, and ``year`` says which of it does what.
"""
