"""Studies: many runs reduced to answers, with their uncertainty."""
