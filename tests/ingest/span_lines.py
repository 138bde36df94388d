"""Files of Benchbook's own lines: spans by number, five to a trace."""

import orjson


def span_line(number: int, **said: object) -> bytes:
    return orjson.dumps(
        {"trace_id": f"{number // 5 + 1:032x}", "span_id": f"{number + 1:016x}", "name": "step", "kind": "tool",
         "start_ts": "2026-05-01T10:00:00Z", "end_ts": "2026-05-01T10:00:01Z", "input_text": f"look up {number}"} | said
    )  # fmt: skip


def span_lines(count: int, *, first: int = 1) -> bytes:
    return b"\n".join(span_line(number) for number in range(first, first + count)) + b"\n"
