"""Erasure: traces out of the lake, the warehouse, the word index and the ledger, so that no byte of them is left.

`intents` says what is to go and survives everything; `run` does it, as often as it takes; `gone` keeps it gone.
"""
