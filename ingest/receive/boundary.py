"""What is said of an error of our own: where in the code it happened, never what it says.

An unforeseen error's message may quote trace text (`invalid literal for int(): '...'`), so it is not logged.
"""

import logging
import traceback

log = logging.getLogger("benchbook")


def place_of(error: BaseException) -> str:
    """The error's type and the last places in the code that it passed, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{_file(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places or 'an unknown place'}"


def report(doing: str, error: BaseException) -> None:
    """Log an error that nobody foresaw."""
    log.error("unforeseen error while %s: %s", doing, place_of(error))


def _file(path: str) -> str:
    return "/".join(path.split("/")[-2:])
