"""What simulations say: how well they meet the record, what moves them, and where a policy fails."""
