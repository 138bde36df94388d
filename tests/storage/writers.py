"""Programs that tests run as processes of their own: they append to a lake and print what was acknowledged.

python -m tests.storage.writers append LOCATION WHO COMMITS ROWS     one line of JSON for each commit
python -m tests.storage.writers library FOLDER WHO COMMITS           a foreign writer: write_deltalake
"""

import json
import subprocess
import sys
from pathlib import Path

from deltalake import write_deltalake
from deltalake.exceptions import CommitFailedError

from storage.lake import Lake
from tests.storage.rows import spans

ROOT = Path(__file__).parents[2]


def started(*arguments: str | int | Path) -> subprocess.Popen[str]:
    """The program with these arguments as a process; its standard output is read by the test."""
    command = [sys.executable, "-W", "error", "-m", "tests.storage.writers", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def acknowledged(*processes: subprocess.Popen[str]) -> list[dict[str, int | str]]:
    """What the processes printed until they ended, all of them well."""
    said = [process.communicate(timeout=240)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return [json.loads(line) for text in said for line in text.splitlines()]


def append(location: str, who: str, commits: int, rows: int) -> None:
    lake = Lake(location)
    for number in range(commits):
        done = lake.append("spans", spans(rows, trace=f"{who}-{number}"))
        said = {
            "trace": f"{who}-{number}",
            "version": done.version,
            "first": done.first_sequence,
            "last": done.last_sequence,
        }
        print(json.dumps(said), flush=True)  # noqa: T201


def library(folder: str, who: str, commits: int) -> None:
    number = 0
    while number < commits:
        try:
            write_deltalake(folder, spans(1, trace=f"{who}-{number}"), mode="append")
        except CommitFailedError:  # the library's own retries were used up
            continue
        number += 1


if __name__ == "__main__":
    asked, *arguments = sys.argv[1:]
    if asked == "append":
        append(arguments[0], arguments[1], int(arguments[2]), int(arguments[3]))
    else:
        library(arguments[0], arguments[1], int(arguments[2]))
