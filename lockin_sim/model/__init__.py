"""The model: its state, the composition of each decision, and the initial state."""
