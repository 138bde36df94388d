"""What is said of an error of our own: where in the code it happened, never what it says.

An unforeseen error's message may quote trace text (`invalid literal for int(): '...'`), so it is not logged.
"""

import logging
import resource
import traceback
from typing import Any

FRAMES_TOLD = 6
log = logging.getLogger("benchbook")


def place_of(error: BaseException) -> str:
    """The error's type and the last places in the code that it passed, innermost first, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_TOLD:]
    places = " < ".join(f"{_file(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places or 'an unknown place'}"


def report(doing: str, error: BaseException) -> None:
    """Log an error that nobody foresaw."""
    log.error("unforeseen error while %s: %s", doing, place_of(error))


def leave_no_dump() -> None:
    """From now on a crash of this process, or of one it starts, writes no image of its memory: raw text lies in it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def log_places_only() -> None:
    """From now on no logger of this process writes an exception's message: not Streamlit's, not uvicorn's."""
    logging.setLogRecordFactory(_record)


def _record(*given: Any, **named: Any) -> logging.LogRecord:
    record = logging.LogRecord(*given, **named)
    if record.exc_info and record.exc_info[1] is not None:
        record.msg = f"{record.getMessage()}: {place_of(record.exc_info[1])}"
        record.args, record.exc_info = (), None
    elif isinstance(record.msg, str) and record.msg.startswith("Traceback "):  # how Starlette says a start failed
        record.msg, record.args = _last_line(record.msg), ()
    return record


def _last_line(said: str) -> str:
    """What a printed traceback ends with: our own errors in their words, others as their type only."""
    kind, _, message = said.rstrip().rpartition("\n")[2].partition(": ")
    return message if kind.startswith("errors.") else kind


def _file(path: str) -> str:
    return "/".join(path.split("/")[-2:])
