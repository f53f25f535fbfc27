"""What every other part rests on: refusals, files, values, words, chance, statistics."""
