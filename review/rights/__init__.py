"""Rights of the people in the traces: what may be asked to be erased, by whom, what may not, and what stays of it."""
