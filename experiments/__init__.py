"""Experiments: a question, what was expected before the run, a study, and the answer."""
