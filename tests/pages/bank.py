"""Made-up traffic of a bank's chatbot for page tests, in a `BuiltWarehouse`, with the texts the lake would hold."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pages.parts.opened import Opened
from storage.schema import text_columns
from tests.metrics.built import BuiltWarehouse, llm, span

HOSTILE = (
    "![x](https://evil.example/pixel.png) <img src=https://evil.example/i.png onerror=alert(1)> "
    '<script>window.harmed = true</script> [click](https://evil.example/) :red[loud] $x^2$ =HYPERLINK("https://evil.example")'
)
MESSAGES = (
    '[{"role": "system", "parts": [{"type": "text", "text": "You are a bank clerk."}]},'
    ' {"role": "user", "parts": [{"type": "text", "ref": "input_text"}]}]'
)
QUESTIONS = (
    "What is my balance?",
    "Why was I charged twice for my card?",
    "Send 200 euros to <PERSON_1>",
    "How do I close my account?",
)


@dataclass
class Bank:
    """Spans and the long text of each."""

    seed: int = 7
    spans: list[dict[str, Any]] = field(default_factory=list)
    texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    documents: list[dict[str, Any]] = field(default_factory=list)
    scores: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - made-up traffic

    def turn(self, trace: str, *, at_s: float, **root: Any) -> None:
        """One question and its answer: 7 spans or more."""
        r = self.random
        question = r.choice(QUESTIONS)
        whole = root | {"app": "bank-chat", "tenant": r.choice(["north", "south", "east"]), "app_version": "1.4"}
        if "PERSON" in question:
            whole["entities"] = '{"PERSON": 1, "ACCOUNT": 2}'
        common = {name: whole[name] for name in ("app", "session_id", "app_version") if name in whole}
        model, version = r.choice(["gpt-4o", "claude-haiku", "llama-70b"]), r.choice(["v1", "v2", "v3"])
        slow = 2.5 if at_s > 20 * 86_400 else 1.0
        broken = r.random() < 0.04
        top = self._add(
            span(
                trace,
                **(
                    {"at_s": at_s, "lasts_s": 3.0 * slow, "name": "POST /chat", "step": "chat", "kind": "chain"} | whole
                ),
            ),
            input_text=question,
            output_text="Your balance is 12 euros.",
        )

        def under(maker: Callable[..., dict[str, Any]], parent: str, **said: Any) -> dict[str, Any]:
            return maker(trace, **({"parent_span_id": parent} | common | said))

        plan = under(
            llm,
            top,
            at_s=at_s + 0.05,
            lasts_s=0.4 + r.random() * 0.2,
            step="plan",
            name="plan",
            model=model,
            prompt_version=version,
            cost=0.0012,
            tok_in=420,
            tok_out=35,
        )
        self._add(plan, input_text=question, output_text='{"next": "search"}')
        search = under(
            span,
            top,
            at_s=at_s + 0.7,
            lasts_s=(0.3 + r.random() * 0.3) * slow,
            step="search",
            name="search handbook",
            kind="retriever",
        )
        found = self._add(search, input_text=question, output_text="3 documents")
        for rank in (1, 2, 3):
            self.documents.append(
                {
                    "trace_id": trace,
                    "span_id": found,
                    "rank": rank,
                    "role": "retrieved",
                    "doc_id": f"handbook-{rank}",
                    "score": 0.9 - rank / 10,
                    "title": "Handbook",
                    "content": f"Section {rank}: fees and balances.",
                }
            )
        for _ in range(3 if r.random() < 0.1 else 1):
            tool = under(
                span,
                top,
                at_s=at_s + 1.2,
                lasts_s=0.15,
                step="balance",
                name="get_balance",
                kind="tool",
                tool_name="get_balance",
                status="error" if broken else "ok",
                error_type="TimeoutError" if broken else None,
            )
            self._add(
                tool,
                input_text='{"account": "<ACCOUNT_1>"}',
                output_text='{"balance": 12}',
                error_message="TimeoutError: no answer in 150 ms\n  at get_balance" if broken else None,
            )
        self._add(under(span, top, at_s=at_s + 1.3, lasts_s=0.1, step="guard", name="guard", kind="guardrail"))
        write = under(
            llm,
            top,
            at_s=at_s + 1.5 * slow,
            lasts_s=(1.0 + r.random()) * slow,
            step="synthesis",
            name="synthesis",
            model=model,
            prompt_version=version,
            cost=None if r.random() < 0.05 else 0.004,
            tok_in=1800,
            tok_out=160,
        )
        self._add(
            write,
            messages_in=MESSAGES,
            input_text=question,
            output_text="Your balance is 12 euros.",
            system_text="You are a bank clerk.",
        )
        if r.random() < 0.3:
            judged = under(span, top, at_s=at_s + 2.8, lasts_s=0.2, step="judge", name="judge", kind="evaluator")
            self._add(
                under(
                    llm,
                    self._add(judged),
                    at_s=at_s + 2.81,
                    lasts_s=0.1,
                    step="judge model",
                    name="judge model",
                    model="gpt-4o",
                    cost=0.002,
                )
            )
            self.scores.append(
                {
                    "id": f"s{len(self.scores)}",
                    "trace_id": trace,
                    "target_level": "trace",
                    "name": "helpful",
                    "value": round(r.random(), 2),
                    "source": "judge",
                    "judge_name": "helpfulness",
                    "explanation": "It answers the question.",
                }
            )

    def _add(self, row: dict[str, Any], **texts: Any) -> str:
        self.spans.append(row)
        self.texts[row["span_id"]] = {"trace_id": row["trace_id"], "span_id": row["span_id"]} | texts
        return str(row["span_id"])

    def opened(self, warehouse: BuiltWarehouse | None = None, **others: Any) -> Opened:
        """The stores as pages see them."""
        built = (warehouse or BuiltWarehouse()).load(self.spans, scores=self.scores, documents=self.documents)
        roots = [row for row in self.spans if not row.get("parent_span_id")]
        asked = [self.texts[row["span_id"]].get("input_text") for row in roots]
        previews = pd.DataFrame({"trace_id": [row["trace_id"] for row in roots], "preview": asked})
        previews = previews.drop_duplicates("trace_id")
        built.connection.register("previews", previews)
        built.connection.execute(
            "UPDATE traces SET preview = p.preview FROM previews p WHERE p.trace_id = traces.trace_id"
        )
        return Opened(
            warehouse=built,
            home=f"test-{id(built)}",
            texts=self.texts_of,
            documents=self.documents_of,
            search=self.search,
            **others,
        )

    def texts_of(self, trace_id: str) -> pd.DataFrame:
        rows = [text for text in self.texts.values() if text["trace_id"] == trace_id]
        columns = ["span_id", *(c.name for c in text_columns("spans"))]
        return pd.DataFrame(rows, columns=["trace_id", *columns]).astype(object).where(lambda f: f.notna(), None)

    def documents_of(self, trace_id: str) -> pd.DataFrame:
        return pd.DataFrame([d for d in self.documents if d["trace_id"] == trace_id])

    def search(self, text: str) -> tuple[str, ...]:
        words = text.lower().split()
        hits = [
            t["trace_id"]
            for t in self.texts.values()
            if all(any(w in str(v).lower() for v in t.values()) for w in words)
        ]
        return tuple(dict.fromkeys(hits))


def four_weeks(turns: int = 600, *, seed: int = 7) -> Bank:
    """Sessions of 1-5 turns over 28 days; synthesis and search are slower after day 20."""
    bank = Bank(seed)
    made = session = 0
    while made < turns:
        at_s = bank.random.random() * 28 * 86_400
        for turn in range(bank.random.randint(1, 5)):
            bank.turn(f"{made:032x}", at_s=at_s + turn * 60, session_id=f"s_{session}", user_id=f"u_{session % 40}")
            made += 1
        session += 1
    return bank


def chain(spans: int, *, trace: str = "long") -> Bank:
    """One long trace: a loop of plan and tool calls under one root."""
    bank = Bank()
    top = bank._add(
        span(trace, at_s=0, lasts_s=spans * 0.1, name="agent", step="agent", kind="agent"), input_text="Do it"
    )
    step = top
    for number in range(spans - 1):
        kind = ("chain", "llm", "tool")[number % 3]
        row = span(
            trace,
            at_s=number * 0.1,
            lasts_s=0.09,
            name=f"step {number}",
            step="step",
            kind=kind,
            tool_name="search" if kind == "tool" else None,
            parent_span_id=step if number % 3 else top,
        )
        added = bank._add(row, input_text=f'{{"n": {number // 9}}}')
        step = added if number % 3 == 0 else step
    return bank
