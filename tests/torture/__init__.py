"""What an adversary or bad luck does to the whole product: one module per attack, run for as long as somebody gives it.

`make torture MINUTES=60 SEED=7` runs all of them and writes a report; `test_torture.py` runs each for seconds.
"""
