"""What went in and came out of a span: question, answer, messages, documents, tool calls; each text once."""

from typing import Any

from ingest import messages
from ingest.documents import Documents
from ingest.events import Said
from ingest.mapping import Sorted
from ingest.messages import Message
from ingest.values import Bounded, parsed, text_of

Row = dict[str, Any]

_QUESTION_KEYS = ("input", "query", "question", "q", "prompt", "text", "message", "user_message", "user_input")
_ANSWER_KEYS = ("output", "answer", "response", "result", "text", "content", "final_answer", "final_output")
_PARAMETERS_NOT = {"model", "messages", "tools", "system", "instructions", "input", "prompt", "contents", "config"}
_NOTHING: tuple[object, ...] = (None, "", {}, [], {"args": [], "kwargs": {}})
_DATA_KINDS = {"tool", "retriever", "reranker", "embedding", "guardrail", "evaluator"}


def fill_content(row: Row, found: Sorted, said: Said, documents: Documents, limits: Bounded) -> None:
    """Set the text columns of a row from the parts that the mapping found."""
    given = _something(found.take("input")) or _unsaid(found, "messages_in")
    answered = _something(found.take("output")) or _unsaid(found, "messages_out")
    if documents.fill(row, found, answered, limits):
        answered = None
    if row["kind"] in _DATA_KINDS:
        _fill_data(row, found, given, answered, limits)
        if said.messages_in and row.get("input_text") is None:
            row["input_text"] = messages.words(said.messages_in[-1]) or None
    else:
        _fill_conversation(row, found, (given, answered), said, limits)
    if row["kind"] == "tool":
        _fill_tool(row, found)


def _something(value: Any) -> Any:
    """The value, or None for a null or an empty object, also as JSON."""
    is_short = not isinstance(value, str) or len(value) < 40
    return None if is_short and parsed(value) in _NOTHING else value


def _unsaid(found: Sorted, slot: str) -> Any:
    """What stands where messages are expected but is no conversation: LangSmith puts every kind of input there."""
    for one in found.slots.get(slot, ()):
        said = parsed(one.value)
        if isinstance(said, dict) and "role" not in said and messages.conversation(said, otherwise="user") is None:
            return said
    return None


# -- tools, retrievers and the like --------------------------------------------------------------------------------


def _fill_data(row: Row, found: Sorted, given: Any, answered: Any, limits: Bounded) -> None:
    query = found.take("query")
    if given is None or row["kind"] in ("retriever", "reranker"):
        given = query if query is not None else given
    elif query is not None and query != given:
        found.rest["query"] = query
    if given is None and row["kind"] == "tool":
        given = row.pop("tool_args", None)
    if given is None:
        given = _joined_words(found, "messages_in", "user")
    if answered is None and row["kind"] == "tool":
        answered = row.pop("tool_result", None)
    if answered is None:
        answered = _joined_words(found, "messages_out", "assistant")
    if row["kind"] == "tool":
        row["input_text"], row["output_text"] = _text(given, limits), _text(answered, limits)
        return
    if row["kind"] == "embedding":
        given, answered = _embedded(given), None if _is_vectors(answered) else answered
    row["input_text"] = _text(_only(given, _QUESTION_KEYS), limits)
    row["output_text"] = _text(answered, limits)


def _embedded(given: Any) -> Any:
    """What was embedded, out of a request that also names the model."""
    asked = parsed(given)
    return asked["input"] if isinstance(asked, dict) and asked.get("input") else given


def _is_vectors(answered: Any) -> bool:
    said = parsed(answered)
    data = said.get("data") if isinstance(said, dict) else said
    return isinstance(data, list) and any(isinstance(item, dict) and "embedding" in item for item in data[:1])


def _joined_words(found: Sorted, slot: str, otherwise: str) -> str | None:
    """All text of messages, for spans that are no conversation (an embedding's inputs)."""
    given = found.take(slot)
    if given is None:
        return None
    return "\n".join(filter(None, map(messages.words, messages.normalised(given, otherwise=otherwise)))) or None


def _fill_tool(row: Row, found: Sorted) -> None:
    """A tool's name, and its arguments and result where the texts do not hold them already."""
    if row.get("tool_name") is None and (name := found.take("entity_name")):
        row["tool_name"] = text_of(name)
    for column, text in (("tool_args", "input_text"), ("tool_result", "output_text")):
        if row.get(column) is not None and _same(row[column], row.get(text)):
            del row[column]


def _same(value: object, text: object) -> bool:
    return value == text or parsed(value) == parsed(text)


# -- conversations -------------------------------------------------------------------------------------------------


def _fill_conversation(row: Row, found: Sorted, raw: tuple[Any, Any], said: Said, limits: Bounded) -> None:
    given, answered = raw
    into = _listed(found, "messages_in", "user") or said.messages_in
    out = _listed(found, "messages_out", "assistant") or said.messages_out or _answer_parts(found)
    if into and not out and len(into) > 1 and into[-1]["role"] == "assistant":
        into, out = into[:-1], into[-1:]  # a whole history (pydantic-ai) ends with the answer
    into, given = _from_raw(row, found, into, given)
    out, answered = _from_raw_answer(row, out, answered)
    system = _system(row, into)
    question = _text(_only(given, _QUESTION_KEYS), limits)
    answer = _text(_only(answered, _ANSWER_KEYS), limits)
    row["input_text"] = (messages.last_words(into, "user") or question or _last_any(into)) if into else question
    row["output_text"] = answer or messages.last_words(out, "assistant") or (_last_any(out) if out else None)
    if into and question and question not in (row["input_text"], system) and not _in_messages(question, into):
        found.rest["input.value"] = given
    _put_messages(row, into, out, limits)


def _put_messages(row: Row, into: list[Message], out: list[Message], limits: Bounded) -> None:
    for column in ("input_text", "output_text", "system_text"):
        if isinstance(row.get(column), str):
            row[column] = limits.text(row[column])
    texts = {column: row.get(column) for column in ("input_text", "output_text", "system_text")}
    for column, listed in (("messages_in", into), ("messages_out", out)):
        if listed:
            row[column] = messages.with_refs(messages.bounded(listed, limits), texts)


def _listed(found: Sorted, slot: str, otherwise: str) -> list[Message]:
    """The best non-empty list of messages. Another convention's copy is dropped unless it says something else."""
    candidates = [(one, _messages(one.value, otherwise)) for one in found.slots.get(slot, ())]
    filled = [(one, listed) for one, listed in candidates if any(message["parts"] for message in listed)]
    if not filled:
        return []
    best = filled[0][1]
    known = _texts(best)
    for one, listed in filled[1:]:
        if not _texts(listed) <= known:
            found.rest[one.source] = one.value
    return best


def _texts(listed: list[Message]) -> set[str | None]:
    """What the parts of messages say; None where one has no text."""
    return {text_of(part.get("text")) for message in listed for part in message["parts"]}


def _messages(value: Any, otherwise: str) -> list[Message]:
    read = messages.conversation(value, otherwise=otherwise) if isinstance(parsed(value), dict) else None
    return read[0] if read is not None else messages.normalised(value, otherwise=otherwise)


def _answer_parts(found: Sorted) -> list[Message]:
    """Vercel's answer: text and tool calls in attributes of their own."""
    text, calls = found.take("answer"), parsed(found.take("tool_calls"))
    if text is None and not calls:
        return []
    item = {"role": "assistant", "content": text, "tool_calls": calls if isinstance(calls, list) else None}
    return messages.normalised(item, otherwise="assistant")


def _from_raw(row: Row, found: Sorted, into: list[Message], given: Any) -> tuple[list[Message], Any]:
    """Messages inside the raw input, when no attribute holds them; and the input, unless it only repeats them."""
    read = messages.conversation(given, otherwise="user")
    asked = parsed(given)
    if read is None and row["kind"] == "llm" and isinstance(asked, dict):
        said = next((asked[key] for key in ("input", "prompt") if isinstance(asked.get(key), str)), None)
        if said is not None:
            read = messages.normalised(said), {k: v for k, v in asked.items() if k not in ("input", "prompt")}
    if read is None:
        return into, given
    listed, rest = read
    if row["kind"] != "llm" and rest and not into:
        return into, given  # a chain's state: more than a conversation
    if row["kind"] == "llm":
        _fill_request(row, rest)
        for name in found.rest.keys() & rest.keys():  # MLflow writes each parameter as an attribute too
            if text_of(parsed(found.rest[name])) == text_of(rest[name]):
                del found.rest[name]
    elif rest and into:
        found.rest["input.value"] = rest
    return into or listed, None


def _fill_request(row: Row, rest: dict[str, Any]) -> None:
    """What stands beside the messages in a request: instructions, tools, parameters."""
    inner = rest.get("config")
    config: dict[str, Any] = inner if isinstance(inner, dict) else {}
    for column, names in (("system_text", ("system", "instructions", "system_instruction")), ("tools", ("tools",))):
        given = next((src[name] for src in (rest, config) for name in names if src.get(name)), None)
        if given is not None and row.get(column) is None:
            row[column] = given if column == "tools" else system_words(given)
    if row.get("model_request") is None and isinstance(rest.get("model"), str):
        row["model_request"] = rest["model"]
        row.setdefault("model", rest["model"])
    parameters = {k: v for k, v in rest.items() if k not in _PARAMETERS_NOT and not isinstance(v, list)}
    if parameters and row.get("model_params") is None:
        row["model_params"] = parameters


def _from_raw_answer(row: Row, out: list[Message], answered: Any) -> tuple[list[Message], Any]:
    read = messages.conversation(answered, otherwise="assistant")
    if read is None:
        return out, answered
    listed, rest = read
    if row["kind"] != "llm" and rest and not out:
        return out, answered
    if row["kind"] != "llm" and len(listed) > 1 and not out:  # a graph's state: its history ends with the answer
        return listed[-1:], None
    reason = next((message["finish_reason"] for message in listed if message.get("finish_reason")), None)
    if reason and row.get("finish_reason") is None:
        row["finish_reason"] = reason
    return out or listed, None


def system_words(value: object) -> str | None:
    """System instructions as text: a string, or a list of parts."""
    value = parsed(value)
    if isinstance(value, list):
        return "\n".join(filter(None, (text_of(messages.part_of(part).get("text")) for part in value))) or None
    if isinstance(value, dict):
        return messages.words(messages.normalised(value)[0]) or text_of(value)
    return text_of(value)


def _system(row: Row, into: list[Message]) -> str | None:
    if row.get("system_text") is None:
        text = next((messages.words(message) for message in into if message["role"] == "system"), None)
        if text:
            row["system_text"] = text
    said = row.get("system_text")
    return said if isinstance(said, str) else None


def _last_any(listed: list[Message]) -> str | None:
    return next((text for message in reversed(listed) if (text := messages.words(message))), None)


def _in_messages(text: str, listed: list[Message]) -> bool:
    return any(part.get("text") == text for message in listed for part in message["parts"])


def _only(value: Any, names: tuple[str, ...]) -> Any:
    """The words alone, when they are all that an object holds; also out of a traced call's args and kwargs."""
    inside = parsed(value)
    if isinstance(inside, dict) and inside.keys() == {"args", "kwargs"}:
        args, kwargs = inside["args"], inside["kwargs"]
        if not kwargs and isinstance(args, list) and len(args) == 1 and isinstance(args[0], str):
            return args[0]
        if not args and isinstance(kwargs, dict):
            inside = kwargs
    if isinstance(inside, dict) and len(inside) == 1:
        name, item = next(iter(inside.items()))
        if name in names and isinstance(item, str):
            return item
    return value


def _text(value: Any, limits: Bounded) -> str | None:
    if _something(value) is None:
        return None
    if isinstance(value, str):
        return limits.text(value)
    return text_of(limits.of(messages.without_bytes(value)))
