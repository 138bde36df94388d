"""The list of all attacks: `__main__` runs them by their shares of the time, `test_torture.py` for seconds each."""

from tests.torture import (
    canaries,
    clocks,
    damage,
    disk,
    fuzz,
    fuzz_files,
    hostile_pages,
    hostile_shell,
    kills,
    postgres,
    power,
    roles,
    slow_patterns,
    two_apps,
)
from tests.torture.attack import Attack

ATTACKS = (
    Attack("receiver", "fuzzed OTLP traces, logs and scores over HTTP", fuzz.receiver, 0.41, 1),
    Attack("files", "fuzzed exports and OTLP files by `benchbook ingest`", fuzz_files.files, 0.13, 1, is_short=False),
    Attack("canaries", "personal values everywhere, all bytes searched", canaries.planted, 0.065, 1, is_short=False),
    Attack("pages", "hostile text on every page, in a real browser", hostile_pages.pages, 0.055, 1, is_short=False),
    Attack("shell", "hostile text in what commands print and write", hostile_shell.outputs, 0.01, 1, is_short=False),
    Attack("damage", "files of a home cut short, overwritten or gone", damage.damaged, 0.08, 5),
    Attack("kill-commands", "kill -9 of every command that writes", kills.commands, 0.055, 4),
    Attack("kill-app", "kill -9 of the app while clients stream", kills.app, 0.03, 1, is_short=False),
    Attack("kill-labels", "kill -9 of somebody who labels", kills.labels, 0.025, 1),
    Attack("full-disk", "a disk that fills up and has room again", disk.full, 0.03, 1, is_short=False),
    Attack("read-only", "every command on a home that nobody can write", disk.read_only, 0.01, 1, is_short=False),
    Attack("two-apps", "two apps on one home, shells beside them", two_apps.two, 0.015, 1, is_short=False),
    Attack("clocks", "clocks that jump by years", clocks.jumps, 0.015, 1, is_short=False),
    Attack("postgres", "PostgreSQL restarted in mid-write", postgres.restarted, 0.02, 1, is_short=False),
    Attack("patterns", "every regular expression on a megabyte", slow_patterns.expressions, 0.025, 1, is_short=False),
    Attack("power", "what a power cut leaves at the moment of the answer", power.loss, 0.01, 1),
    Attack("roles", "roles by address, messages, headers and cookies", roles.attacked, 0.015, 1, is_short=False),
)
