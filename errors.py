"""What can go wrong, in the reader's words.

BenchbookError
├── UsageError            the command or setting is wrong; nothing was done          exit 2
├── NotAllowed            this person may not do that; nothing was done              exit 2, HTTP 403
├── RefusedInput          something in the input cannot be taken
│   ├── UnknownFormat     no format recognises the file
│   ├── Malformed         the body is not what it claims to be                       HTTP 400
│   ├── TooLarge          over the size limit, also after decompression              HTTP 413
│   └── UnsupportedMedia  a content type or encoding we do not read                  HTTP 415
├── Undecided             a release cannot be decided as it was asked; nothing was kept  exit 5
├── Busy                  come back later; nothing was kept                          HTTP 503
└── StoreFailed           lake, warehouse or ledger could not do it                  exit 5
    └── HomeHeld          another process holds the warehouse and does not answer

An error carries its facts and builds its own message: what happened, and what to do next.
It never quotes trace text, so a message may be logged, shown and sent back.
"""


def _restored(kind: type["BenchbookError"], message: str, facts: dict[str, object]) -> "BenchbookError":
    error = kind.__new__(kind, message)
    error.args = (message,)
    error.__dict__.update(facts)
    return error


class BenchbookError(Exception):
    """Anything that Benchbook says on purpose. `str()` of it is safe to show."""

    def __reduce__(self) -> tuple[object, ...]:
        # Errors build their messages from other arguments, so pickle's own way would call __init__ wrongly
        return _restored, (type(self), str(self), dict(self.__dict__))


class UsageError(BenchbookError):
    """The command, an option or a setting is wrong; nothing was done."""


class Undecided(BenchbookError):
    """A release cannot be decided as it was asked: a pipeline must not take that for pass or fail."""


class NotAllowed(BenchbookError):
    """Somebody may not do what they asked for; nothing was done."""

    def __init__(self, who: str, what: str, *, hint: str = "an admin can give them a role that may") -> None:
        self.who = who
        self.what = what
        super().__init__(f"{who} may not {what}; {hint}")


class RefusedInput(BenchbookError):
    """The input, or part of it, cannot be taken."""


class UnknownFormat(RefusedInput):
    """No format recognises the content."""

    def __init__(self, source: str, known: list[str]) -> None:
        self.source = source
        self.known = known
        super().__init__(f"{source}: no known trace format; name one with --format ({', '.join(known)})")


class Malformed(RefusedInput):
    """The body is not what its content type or format says."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


class TooLarge(RefusedInput):
    """The body exceeds the limit, before or after decompression."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        super().__init__(f"larger than {limit_bytes / 2**20:.0f} MiB after decompression; send smaller batches")


class UnsupportedMedia(RefusedInput):
    """A content type or content encoding that is not read here."""

    def __init__(self, header: str, allowed: list[str]) -> None:
        self.header = header
        self.allowed = allowed
        super().__init__(f"{header} is not one of: {', '.join(allowed)}")


class Busy(BenchbookError):
    """The store cannot take more right now; nothing was kept, so send it again."""

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"busy; send again in {retry_after_seconds} s")


class StoreFailed(BenchbookError):
    """The lake, warehouse or ledger could not do what was asked."""

    def __init__(self, store: str, doing: str, hint: str) -> None:
        self.store = store
        self.doing = doing
        self.hint = hint
        super().__init__(f"the {store} failed while {doing}: {hint}")


class HomeHeld(StoreFailed):
    """Another process holds the warehouse and does not answer on its socket."""

    def __init__(self, home: str) -> None:
        super().__init__(
            "warehouse", "being opened", f"another process holds {home}; stop it, or wait until it has started"
        )
