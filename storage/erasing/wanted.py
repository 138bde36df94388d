"""What is to be erased, in the spellings that the lake knows: ids, and keyed hashes of people and sessions."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """`users` and `sessions` have one hash for each key and spelling; `authors` are users as givers of scores.

    A trace goes when any of its spans names one of them, and whole. `judges` are traces of judges of which also the
    scores go that they gave to what stays. `called` are people and sessions as whoever asked named them: files may be
    called so.
    """

    traces: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    called: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Victims:
    """What goes: ids of traces and scores; of sessions those that lose their last trace, and those that lose some."""

    traces: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    touched_sessions: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.traces or self.scores)

    def __or__(self, other: "Victims") -> "Victims":
        """Both together; a session that is gone is no longer touched."""
        gone = {*self.sessions, *other.sessions}
        return Victims(
            tuple(sorted({*self.traces, *other.traces})),
            tuple(sorted({*self.scores, *other.scores})),
            tuple(sorted(gone)),
            tuple(sorted({*self.touched_sessions, *other.touched_sessions} - gone)),
        )

    def as_json(self) -> dict[str, list[str]]:
        return {name: list(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_json(cls, said: dict[str, list[str]]) -> "Victims":
        return cls(**{name: tuple(said.get(name, ())) for name in cls.__slots__})
