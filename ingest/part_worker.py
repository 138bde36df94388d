"""A worker process of `ingest`: takes parts of files and gives back what may be kept, scrubbed.

Started by `part_pool.py` as `python -m ingest.part_worker`, so it loads neither Streamlit nor the command line.
"""

import gc
import os
import signal
import socket
import sys
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from ingest.parent import end_with

if TYPE_CHECKING:
    from ingest.part import Part, Reader
    from settings import Settings

NICENESS = 10


def work(connection: Connection, reader: "Reader") -> None:
    """Answer until the parent closes the connection: a list of parts in, rows of each as Arrow IPC out."""
    gc.collect()
    gc.freeze()
    gc.disable()  # a third of the time of JSON; what a job makes has no cycles
    connection.send(None)  # ready
    while True:
        try:
            parts: list[Part] = connection.recv()
            connection.send([[one.to_ipc() for one in reader.prepared(part)] for part in parts])
        except (EOFError, OSError):
            return  # the parent is gone
        gc.collect()


def main() -> None:
    """Entry of the process: `python -m ingest.part_worker DESCRIPTOR PARENT`; the settings come first."""
    descriptor, parent = int(sys.argv[1]), int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C reaches the whole group; the parent decides
    end_with(parent)  # before the imports that take seconds: a parent that is killed meanwhile leaves no process
    from ingest.part import Reader

    os.nice(NICENESS)
    with Connection(socket.socket(fileno=descriptor).detach()) as connection:
        settings: Settings = connection.recv()
        work(connection, Reader(settings))


if __name__ == "__main__":
    main()
