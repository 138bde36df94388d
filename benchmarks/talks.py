"""Synthetic traffic that repeats as agents do: every model call sends the conversation so far again.

A session is `TURNS` turns, a trace each. Of a trace's 13 spans the model calls hold all earlier turns as messages, and
what one step put out is what the next one gets; so an eighth of its text is new: English words drawn at random.
"""

from collections.abc import Iterator

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from benchmarks.traffic import CORPUS, DOCUMENTS, INSTRUCTIONS, MODELS, STEPS, TEXT_CHARS, TOOLS, Traffic

TURNS = 4
Message = tuple[str, str]


class Talks(Traffic):
    """A seeded stream of spans of agents' conversations."""

    def __init__(self, *, seed: int = 1) -> None:
        super().__init__(seed=seed, spans_per_trace=len(STEPS))
        self._session = ("", "")
        self._before: list[Message] = []
        self._talk: list[Message] = []
        self._asked = self._known = self._answer = ""
        self._turn = 0

    def _trace(self, start_ns: int, spans: int) -> Iterator[Span]:
        if self._turn % TURNS == 0:
            self._session = (f"session-{self._random.randrange(10**6)}", f"tenant-{self._random.randrange(20)}")
            self._before = []
        self._turn += 1
        yield from super()._trace(start_ns, spans)

    def _attributes(self, span: Span, kind: str, session: str, tenant: str) -> None:
        """One step, fed by the ones before it."""
        session, tenant = self._session
        if span.name == STEPS[0][0]:
            self._asked, self._known = self._text(TEXT_CHARS), self._text(TEXT_CHARS)
            self._answer = self._text(TEXT_CHARS)
            self._talk = [("system", INSTRUCTIONS), *self._before, ("user", self._asked)]
        said = {"openinference.span.kind": kind, "session.id": session}
        said["metadata"] = f'{{"tenant": "{tenant}", "channel": "app", "release": "2026-09-01.4"}}'
        match kind:
            case "LLM":
                self._call(span, said)
            case "TOOL":
                found = self._text(TEXT_CHARS)
                self._talk.append(("tool", found))
                said |= {"tool.name": span.name, "tool.parameters": TOOLS, "input.value": self._known}
                said["output.value"] = found
            case "RETRIEVER" | "RERANKER":
                said["input.value"] = self._asked
                self._retrieved(said)
            case _:
                last = span.name == "guardrail.output"
                said |= {"input.value": self._answer if last else self._asked, "output.value": self._answer}
        for key, value in said.items():
            span.attributes.add(key=key).value.string_value = value
        if span.name == "title":  # the last call of a turn
            self._before += [("user", self._asked), ("assistant", self._answer)]

    def _retrieved(self, said: dict[str, str]) -> None:
        for rank in range(DOCUMENTS):
            number = self._random.randrange(CORPUS)
            said[f"retrieval.documents.{rank}.document.id"] = f"kb-{number}"
            said[f"retrieval.documents.{rank}.document.content"] = self._corpus[number]

    def _call(self, span: Span, said: dict[str, str]) -> None:
        says = self._answer if span.name == "synthesise" else self._known
        said |= {"llm.model_name": self._random.choice(MODELS), "llm.tools.0.tool.json_schema": TOOLS}
        for number, (role, text) in enumerate(self._talk):
            said[f"llm.input_messages.{number}.message.role"] = role
            said[f"llm.input_messages.{number}.message.content"] = text
        said |= {"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": says}
        said |= {"input.value": self._asked, "output.value": says}
        span.attributes.add(key="llm.token_count.prompt").value.int_value = self._random.randrange(100, 4000)
        span.attributes.add(key="llm.token_count.completion").value.int_value = self._random.randrange(10, 900)


if __name__ == "__main__":
    bodies = list(Talks().requests(5_000))
    print(f"{sum(map(len, bodies)) / 5_000:.0f} bytes per span on the wire")
