"""Loaded by Python itself in every process that `end_to_end.py --unscrubbed` starts: text is kept as it came.

For comparison with products that do not scrub. The product has no such switch: only this file, on the path of a
benchmark's own processes and on synthetic text, changes the default.
"""

import ingest.prepare

ingest.prepare.Preparer.__init__.__kwdefaults__ = {"scrubber": None}
