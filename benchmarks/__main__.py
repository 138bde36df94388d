"""`make bench`: end to end, then what the pages ask."""

import runpy
import sys

for name, options in (("end_to_end", ["--spans", "10000", "100000"]), ("pages", ["--spans", "100000", "1000000"])):
    sys.argv = [name, *options]
    runpy.run_module(f"benchmarks.{name}", run_name="__main__")
