"""Judges: whether they can be trusted, and what the true score is."""
