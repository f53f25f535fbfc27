"""Exploration: what moves results, where a policy fails, and which packages serve several goals at once."""
