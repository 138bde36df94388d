"""One week beside the one before, for people who read no charts."""
