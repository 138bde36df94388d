"""The traps of trace formats that apply to mapping, each named for what it does to who does not know it.

Numbers are those of TRACE-FORMATS 5.3. Double counting (1) is resolved at load: here, that it can be.
"""
