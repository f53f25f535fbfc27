"""The text of a stage: what its customers read, judge, take and show, written once for whoever they are.

A text is a function of named tables and of positions in them.  The engine of numpy runs it on all rows of a
batch, compiled code on those in its lanes, and an agent on its own; ``model.verbs`` says how numpy reads.
"""
