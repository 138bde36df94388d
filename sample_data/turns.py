"""One turn of a conversation: what was asked, what happened step by step, how good the answer truly was."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sample_data import bank, truths
from sample_data.bank import Topic
from sample_data.spans import Call, Message, Trace, nanoseconds

PRICES = {  # US dollars per million tokens: read, written; what the sample's clients believe
    "gpt-4o-mini-2024-07-18": (0.15, 0.60),
    "gpt-4.1-mini-2025-04-14": (0.40, 1.60),
    "gpt-4o-2024-08-06": (2.50, 10.00),
    "claude-3-5-haiku-20241022": (0.80, 4.00),
}


@dataclass(frozen=True, slots=True)
class Conversation:
    """What holds for all turns of a session."""

    session: str
    user: str
    app: str
    tenant: str
    model: str
    environment: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One trace as written, and what only the generator knows: how good the answer truly is, from 1 to 5."""

    trace: Trace
    conversation: Conversation
    at: datetime
    topic: str
    question: str
    answer: str
    quality: float
    is_grounded: bool
    is_escalated: bool


class Writer:
    """Writes the turns of one conversation; each model call repeats what was said before."""

    def __init__(self, random: Random, conversation: Conversation) -> None:
        self._random = random
        self._talk = conversation
        self._history: list[Message] = []

    def turn(self, at: datetime, topic: Topic) -> Turn:
        """The next turn, begun at `at` (UTC)."""
        self._at, self._version = at, truths.prompt_version(at)
        self._trace = trace = Trace(self._random, nanoseconds(at))
        question = self._question(topic)
        self._simple("guardrail: input", "GUARDRAIL", 35, question, "pass")
        self._model_call("plan", question, self._plan(topic), 420)
        documents, stale = self._documents(topic, question)
        loops = self._tools(topic)
        escalated = topic.name != "greeting" and self._chance(0.2 if at >= truths.ESCALATION.since else 0.05)
        answer = self._answer(topic, escalated=escalated)
        self._model_call("synthesise answer", question, answer, 900, documents=documents)
        if escalated:
            self._simple("transfer_to_human", "TOOL", 60, '{"reason": "customer asked"}', '{"queue": "service"}',
                         {"tool.name": "transfer_to_human"})  # fmt: skip
        if topic.name != "greeting":
            self._simple("guardrail: output", "GUARDRAIL", 40, answer, "pass")
        self._history += [("user", question), ("assistant", answer)]
        trace.close(self._root(question, answer))
        quality = 4.2 - 0.9 * stale - 1.2 * (loops > 1) - 0.9 * escalated - 0.5 * (topic is bank.INSTANT)
        return Turn(trace, self._talk, at, topic.name, question, answer, quality + self._random.gauss(0, 0.6),
                    is_grounded=not stale or self._chance(0.4), is_escalated=escalated)  # fmt: skip

    # -- steps ----------------------------------------------------------------------------------------------------

    def _question(self, topic: Topic) -> str:
        question = self._random.choice(topic.questions)
        if topic.name != "greeting" and self._chance(1 / 12):
            first, last = self._random.choice(bank.FIRST_NAMES), self._random.choice(bank.LAST_NAMES)
            question += self._random.choice(bank.PERSONAL).format(
                name=f"{first} {last}", email=f"{first}.{last}@example.com".lower(),
                phone=f"+1 202 555 {self._random.randrange(100, 200):04d}",
                card=self._random.choice(bank.TEST_CARDS), iban=self._random.choice(bank.TEST_IBANS),
            )  # fmt: skip
        return question

    def _plan(self, topic: Topic) -> str:
        needs = [name for name in (topic.tool, f"documents:{topic.documents}" if topic.documents else "") if name]
        return f"Topic {topic.name}; needs {' and '.join(needs) or 'nothing'}."

    def _answer(self, topic: Topic, *, escalated: bool) -> str:
        answer = topic.answer
        if self._answering_model() != self._talk.model:
            answer += " " + topic.answer[: int(len(topic.answer) * 0.4)].rsplit(" ", 1)[0] + "."
        return answer + (" I am handing you over to a colleague now." if escalated else "")

    def _documents(self, topic: Topic, question: str) -> tuple[list[dict[str, Any]], bool]:
        """Retrieve and rerank; the documents, and whether the first of them is stale."""
        if not topic.documents:
            return [], False
        hybrid = self._at >= truths.STALE.since and self._talk.tenant in bank.HYBRID_TENANTS
        documents = [self._document(topic.documents, number, hybrid=hybrid) for number in range(3)]
        if topic.documents == "fees" and self._at >= truths.INJECTION.since and self._chance(0.15):
            documents[2] |= {"id": bank.INJECTED_ID, "content": bank.INJECTED}
        settings = {"retrieval.config": "hybrid-k6" if hybrid else "bm25-k4", "input.value": question}
        self._trace.span("retrieve documents", "RETRIEVER", self._trace.lasts(180),
                         settings | _listed("retrieval.documents", documents))  # fmt: skip
        slow = self._at >= truths.LATENCY.since
        reranked = sorted(documents, key=lambda one: -one["score"])[:2]
        self._trace.span("rerank documents", "RERANKER", self._trace.lasts(900 if slow else 120),
                         {"reranker.query": question, "reranker.model_name": "bge-reranker-base"}
                         | _listed("reranker.output_documents", reranked))  # fmt: skip
        return documents, bool(documents[0]["updated"] < "2026-03-01")

    def _document(self, folder: str, number: int, *, hybrid: bool) -> dict[str, Any]:
        stale = self._chance(0.6 if hybrid else 0.05)
        age_days = self._random.randrange(240, 500) if stale else self._random.randrange(5, 90)
        return {
            "id": f"kb-{folder}-{number:02d}", "content": bank.DOCUMENTS[folder][number],
            "score": round(0.92 - 0.11 * number - self._random.random() * 0.1, 3),
            "updated": (self._at - timedelta(days=age_days)).date().isoformat(),
        }  # fmt: skip

    def _tools(self, topic: Topic) -> int:
        """Call the topic's tool; how often it was called."""
        if not topic.tool:
            return 0
        looping = topic.name == "exchange" and truths.LOOP.since <= self._at < truths.LOOP_ENDS and self._chance(0.34)
        calls = self._random.randrange(6, 10) if looping else 1
        for _ in range(calls):
            arguments = {"currency": "EUR"} if topic.name == "exchange" else {"account": "primary"}
            self._simple(topic.tool, "TOOL", 140, json.dumps(arguments), json.dumps({"ok": True, "source": "core"}),
                         {"tool.name": topic.tool})  # fmt: skip
            if self._chance(0.015):
                self._trace.fail_last("the core system did not answer within 5 s")
        return calls

    def _model_call(
        self, name: str, question: str, answer: str, median_ms: float, documents: list[dict[str, Any]] | None = None
    ) -> None:
        instructions = bank.LONG_INSTRUCTIONS if self._version in ("v3", "v4") else bank.INSTRUCTIONS
        context = "".join(f"\n[{one['id']}] {one['content']}" for one in documents or [])
        messages = [("system", instructions + (f"\nDocuments:{context}" if context else "")), *self._history,
                    ("user", question)]  # fmt: skip
        answering = self._answering_model()
        tok_in, tok_out = sum(len(text) for _, text in messages) // 4 + 12, len(answer) // 4 + 6
        per_read, per_written = PRICES[answering]
        cost = (tok_in * per_read + tok_out * per_written) / 1e6 if self._chance(0.6) else None
        call = Call(self._talk.model, answering, messages, answer, tok_in, tok_out,
                    cached=tok_in // 3 if self._history else 0, cost_usd=cost, prompt_version=self._version)  # fmt: skip
        duration = self._trace.lasts(median_ms + 4 * tok_out)
        if self._talk.app == "bank-voice":
            self._trace.span(name, "", duration, call.genai())
        else:
            self._trace.span(name, "LLM", duration, call.openinference())

    def _answering_model(self) -> str:
        changed = self._talk.model == "gpt-4o-mini-2024-07-18" and self._at >= truths.MODEL.since
        return "gpt-4.1-mini-2025-04-14" if changed else self._talk.model

    def _simple(
        self, name: str, kind: str, median_ms: float, given: str, returned: str, more: dict[str, Any] | None = None
    ) -> None:
        self._trace.span(name, kind, self._trace.lasts(median_ms),
                         {"input.value": given, "output.value": returned} | (more or {}))  # fmt: skip

    def _root(self, question: str, answer: str) -> dict[str, Any]:
        return {
            "session.id": self._talk.session, "user.id": self._talk.user, "input.value": question,
            "output.value": answer, "metadata": json.dumps({"tenant": self._talk.tenant, "channel": self._talk.app}),
            "tag.tags": json.dumps(["sample"]),
        }  # fmt: skip

    def _chance(self, share: float) -> bool:
        return self._random.random() < share


def _listed(prefix: str, documents: list[dict[str, Any]]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for number, one in enumerate(documents):
        at = f"{prefix}.{number}.document"
        said |= {
            f"{at}.id": one["id"], f"{at}.content": one["content"], f"{at}.score": one["score"],
            f"{at}.metadata": json.dumps({"last_updated": one["updated"], "title": one["id"].replace("-", " ")}),
        }  # fmt: skip
    return said
