"""A turn of a conversation as the spans that the chatbot sends, in the spellings that real clients mix."""

import json
from dataclasses import dataclass, field
from typing import Any

from sample_data import judges, truths
from sample_data.conversations import WORDS, Call, Document, Turn
from sample_data.judges import Verdict
from sample_data.truths import Days

Attributes = dict[str, Any]
_MS = 1_000_000
_USD_PER_MILLION = {"gpt-4o": (2.5, 10.0), "gpt-4o-mini-2024-07-18": (0.15, 0.6)}
PLANNER_MODEL = "gpt-4o-mini-2024-07-18"
MAX_SPANS = 12


@dataclass(slots=True)
class Span:
    """A span before it is spelled as OTLP. Times in ns since 1970."""

    span_id: str
    parent_id: str
    name: str
    start_ns: int
    end_ns: int
    attributes: Attributes
    error: str | None = None


@dataclass(slots=True)
class Trace:
    """The spans of one turn, made in the order in which they begin."""

    turn: Turn
    days: Days
    spans: list[Span] = field(default_factory=list)
    now_ns: int = 0

    @property
    def is_gen_ai(self) -> bool:
        """Sessions on Claude speak OpenTelemetry's GenAI conventions, the others OpenInference."""
        return self.turn.session.model_request.startswith("claude")

    def spent_ms(self, median: float, spread: float) -> float:
        """A duration around `median`, with a long tail, as latencies are."""
        return median * self.turn.random.lognormvariate(0, spread)

    def add(
        self, name: str, ms: float, attributes: Attributes, *, error: str | None = None, parallel: bool = False
    ) -> None:
        """A child of the root that begins now; time goes on to its end, unless the next runs beside it."""
        span_id = f"{self.turn.random.randrange(1, 16**16):016x}"
        parent = self.spans[0].span_id if self.spans else ""
        end = self.now_ns + int(ms * _MS)
        self.spans.append(Span(span_id, parent, name, self.now_ns, end, attributes, error))
        self.now_ns = self.now_ns + _MS if parallel else max(span.end_ns for span in self.spans)
        self.now_ns += int(self.turn.random.uniform(0.5, 4) * _MS)


def spans_of(turn: Turn, days: Days) -> list[Span]:
    """All spans of a turn, the root first; 4 to 12 of them."""
    trace = Trace(turn, days, now_ns=int(turn.starts_at.timestamp()) * 10**9 + turn.starts_at.microsecond * 1000)
    trace.add("handle_turn", 0, _root(trace))
    trace.now_ns = trace.spans[0].start_ns + 2 * _MS
    blocked = turn.is_refused
    trace.add("guardrail.input", trace.spent_ms(45, 0.3), _guardrail(turn.question, "blocked" if blocked else "pass"))
    if not blocked:
        _plan(trace)
        _retrieval(trace)
        _tools(trace)
    _synthesis(trace)
    if not turn.is_looped:
        trace.add("guardrail.output", trace.spent_ms(60, 0.3), _guardrail(turn.answer, "pass"))
    trace.spans[0].end_ns = max(span.end_ns for span in trace.spans[1:]) + 3 * _MS
    _scores(trace)
    return trace.spans


def _root(trace: Trace) -> Attributes:
    turn, session = trace.turn, trace.turn.session
    if trace.is_gen_ai:
        return {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "bank-assistant",
            "gen_ai.conversation.id": session.session_id,
            "user.id": session.user_id,
            "tenant.id": session.tenant,
            "retrieval.config": session.retrieval_config,
            "gen_ai.input.messages": _parts([("user", turn.question)]),
            "gen_ai.output.messages": _parts([("assistant", turn.answer)]),
        }
    about = {"tenant": session.tenant, "retrieval_config": session.retrieval_config, "channel": "app"}
    return {
        "openinference.span.kind": "AGENT",
        "agent.name": "bank-assistant",
        "session.id": session.session_id,
        "user.id": session.user_id,
        "metadata": _json(about),
        "input.value": turn.question,
        "output.value": turn.answer,
    }


def _guardrail(text: str, verdict: str) -> Attributes:
    return {
        "openinference.span.kind": "GUARDRAIL",
        "input.value": text,
        "output.value": _json({"verdict": verdict, "rule": "securities" if verdict == "blocked" else ""}),
        "output.mime_type": "application/json",
    }


def _plan(trace: Trace) -> None:
    turn = trace.turn
    tools = sorted({call.tool for call in turn.calls})
    wanted = _json({"retrieve": bool(turn.documents), "tools": tools})
    messages = [("system", WORDS["assistant"]["planner"]), *turn.history, ("user", turn.question)]
    spent = trace.spent_ms(640, 0.35)
    trace.add("plan", spent, _openinference_llm(trace, messages, wanted, (PLANNER_MODEL, PLANNER_MODEL)))


def _retrieval(trace: Trace) -> None:
    turn = trace.turn
    if not turn.documents:
        return
    config = {"metadata": _json({"retrieval_config": turn.session.retrieval_config})}
    query: Attributes = {"openinference.span.kind": "RETRIEVER", "input.value": turn.question, **config}
    trace.add("retrieve_policies", trace.spent_ms(120, 0.4), query | _documents("retrieval.documents", turn.documents))
    if turn.session.retrieval_config == "hybrid-v2":
        reranked: Attributes = {"openinference.span.kind": "RERANKER", "reranker.query": turn.question, **config}
        reranked |= {"reranker.model_name": "bge-reranker-base", "reranker.top_k": 3}
        trace.add(
            "rerank", trace.spent_ms(85, 0.3), reranked | _documents("reranker.output_documents", turn.documents[:3])
        )


def _documents(prefix: str, documents: list[Document]) -> Attributes:
    found: Attributes = {}
    for place, document in enumerate(documents):
        at = f"{prefix}.{place}.document"
        found[f"{at}.id"] = document.doc_id
        found[f"{at}.score"] = document.score
        found[f"{at}.content"] = document.content
        found[f"{at}.metadata"] = _json({"title": document.title, "last_updated": document.last_updated.isoformat()})
    return found


def _tools(trace: Trace) -> None:
    calls = trace.turn.calls
    pairs = len(calls) == 2 and trace.turn.random.random() < 0.5
    for place, call in enumerate(calls):
        median = {"lookup_transactions": 180.0, "transfer_to_human": 400.0}.get(call.tool, 110.0)
        if call.tool == truths.REGRESSED_STEP and trace.turn.starts_at.date() >= trace.days.latency:
            median *= truths.REGRESSION_FACTOR
        spent = 5000.0 if call.error else trace.spent_ms(median, 0.35)
        trace.add(call.tool, spent, _tool(trace, call), error=call.error, parallel=pairs and place == 0)


def _tool(trace: Trace, call: Call) -> Attributes:
    arguments, result = _json(call.arguments), _json(call.result) if call.result else ""
    if trace.is_gen_ai:
        said = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": call.tool, "gen_ai.tool.type": "function"}
        said |= {"gen_ai.tool.call.arguments": arguments}
        return said | ({"gen_ai.tool.call.result": result} if result else {"error.type": call.error})
    said = {"openinference.span.kind": "TOOL", "tool.name": call.tool, "input.value": arguments}
    return said | ({"output.value": result, "output.mime_type": "application/json"} if result else {})


def _synthesis(trace: Trace) -> None:
    turn, session = trace.turn, trace.turn.session
    system = system_prompt(session.prompt_version)
    found = "\n".join(f"[{document.doc_id}] {document.content}" for document in turn.documents)
    results = "\n".join(f"{call.tool}: {_json(call.result)}" for call in turn.calls[:2] if call.result)
    context = [("system", f"Documents:\n{found}\nTool results:\n{results}")] if found or results else []
    messages = [("system", system), *turn.history, *context, ("user", turn.question)]
    spent = trace.spent_ms(420 + 3.1 * len(turn.answer) + 0.02 * len(system), 0.3)
    make = _gen_ai_llm if trace.is_gen_ai else _openinference_llm
    models = (session.model_request, session.model)
    trace.add("synthesise", spent, make(trace, messages, turn.answer, models) | _prompt(trace))


def system_prompt(version: str) -> str:
    """The system prompt of a version; v4 carries a dozen worked examples."""
    words = WORDS["assistant"]
    if version != truths.COSTLY_PROMPT:
        return str(words[version])
    examples = words["v4_examples"]
    return "\n".join([words["v3"], *(examples[n % len(examples)].format(n=n + 1) for n in range(12))])


def _prompt(trace: Trace) -> Attributes:
    version = trace.turn.session.prompt_version
    if trace.is_gen_ai:
        return {"gen_ai.prompt.name": "bank-assistant", "gen_ai.prompt.version": version}
    return {"metadata": _json({"prompt_name": "bank-assistant"}), "llm.prompt_template.version": version}


def _openinference_llm(
    trace: Trace, messages: list[tuple[str, str]], answer: str, models: tuple[str, str]
) -> Attributes:
    request, model = models
    tok_in, tok_out = _tokens(messages), _tokens([("assistant", answer)])
    said: Attributes = {
        "openinference.span.kind": "LLM", "session.id": trace.turn.session.session_id, "llm.provider": "openai",
        "llm.request.model_name": request, "llm.model_name": model,
        "llm.invocation_parameters": _json({"temperature": 0.2}),
    }  # fmt: skip
    for place, (role, text) in enumerate(messages):
        said[f"llm.input_messages.{place}.message.role"] = role
        said[f"llm.input_messages.{place}.message.content"] = text
    said["llm.output_messages.0.message.role"] = "assistant"
    said["llm.output_messages.0.message.content"] = answer
    said |= {
        "llm.token_count.prompt": tok_in,
        "llm.token_count.completion": tok_out,
        "llm.token_count.total": tok_in + tok_out,
    }
    per_in, per_out = (price / 1e6 for price in _USD_PER_MILLION[request])
    cost_in, cost_out = round(tok_in * per_in, 9), round(tok_out * per_out, 9)
    if trace.turn.session.tenant == "ember":  # this team's client sends no costs: they are computed
        return said
    return said | {
        "llm.cost.prompt": cost_in,
        "llm.cost.completion": cost_out,
        "llm.cost.total": round(cost_in + cost_out, 9),
    }


def _gen_ai_llm(trace: Trace, messages: list[tuple[str, str]], answer: str, models: tuple[str, str]) -> Attributes:
    tok_in = _tokens(messages)
    return {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic",
        "gen_ai.conversation.id": trace.turn.session.session_id, "gen_ai.request.model": models[0],
        "gen_ai.response.model": models[1], "gen_ai.request.temperature": 0.2,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.system_instructions": _json([{"type": "text", "content": messages[0][1]}]),
        "gen_ai.input.messages": _parts(messages[1:]), "gen_ai.output.messages": _parts([("assistant", answer)]),
        "gen_ai.usage.input_tokens": tok_in, "gen_ai.usage.output_tokens": _tokens([("assistant", answer)]),
        "gen_ai.usage.cache_read.input_tokens": _tokens(messages[:1]) if trace.turn.number > 1 else 0,
        "gen_ai.response.time_to_first_chunk": round(trace.spent_ms(380, 0.3) / 1000, 3),
    }  # fmt: skip


def _scores(trace: Trace) -> None:
    """Verdicts come some time after the answer, as evaluator spans below the root."""
    turn, root_end = trace.turn, trace.spans[0].end_ns
    found = [("evaluate.house", judges.house_verdicts(turn), 25_000.0)]
    if turn.random.random() < judges.PANEL_SHARE:
        found.append(("evaluate.panel", judges.panel_verdicts(turn), 40_000.0))
    found.append(("feedback", judges.feedback(turn), 20_000.0))
    found.append(("quality_desk", judges.desk_score(turn), 9_000_000.0))
    for name, verdicts, later_ms in found:
        if verdicts and len(trace.spans) < MAX_SPANS:
            trace.now_ns = root_end + int(trace.spent_ms(later_ms, 0.5) * _MS)
            is_judge = name.startswith("evaluate")
            trace.add(name, trace.spent_ms(900 if is_judge else 1, 0.3), _evaluator(turn, verdicts, is_judge=is_judge))


def _evaluator(turn: Turn, verdicts: list[Verdict], *, is_judge: bool) -> Attributes:
    said: Attributes = {"openinference.span.kind": "EVALUATOR"}
    if is_judge:
        tokens = 420 + _tokens([("user", turn.question), ("assistant", turn.answer)])
        said |= {"llm.model_name": verdicts[0].metadata["judge_model"], "llm.token_count.prompt": tokens}
        said |= {"llm.token_count.completion": 45 * len(verdicts)}
    for place, verdict in enumerate(verdicts):
        at = f"trace.annotations.{place}.annotation"
        said |= {f"{at}.name": verdict.name, f"{at}.annotator_kind": verdict.kind}
        said |= {} if verdict.score is None else {f"{at}.score": verdict.score}
        said |= {} if verdict.label is None else {f"{at}.label": verdict.label}
        said |= {f"{at}.explanation": verdict.explanation} if verdict.explanation else {}
        said |= {f"{at}.metadata": _json(verdict.metadata)} if verdict.metadata else {}
    return said


def _tokens(messages: list[tuple[str, str]]) -> int:
    """About what a tokenizer counts."""
    return sum(len(text) // 4 + 4 for _, text in messages)


def _parts(messages: list[tuple[str, str]]) -> str:
    return _json([{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in messages])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
