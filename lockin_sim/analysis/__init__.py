"""What simulations say beyond their numbers: how well they meet the record, what moves them, where they fail."""
