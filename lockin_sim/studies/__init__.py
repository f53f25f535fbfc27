"""Reduce many runs to answers with their uncertainty, one module for each kind of question."""
