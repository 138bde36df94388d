"""The detail of one span: what went in, what came out, and what is known beside it. All of it drawn as text."""

import json
from collections.abc import Hashable, Iterable, Mapping

import pandas as pd
import streamlit as st

from metrics import words
from pages.parts import calibrated, flags, tables, texts
from pages.parts.messages import read_messages

PROBLEMS = {
    "end_before_start": "its end lies before its start, so its duration is unknown",
    "time_out_of_range": "a time it was sent with lies outside what can be kept",
    "own_parent": "it names itself as its parent",
    "no_root": "its root has not arrived",
    "cycle": "its spans call each other in a circle; it is cut at the earliest",
    "late_child": "a span began after its root had ended",
    "session_conflict": "its spans name more than one session",
    "running": "it has not ended",
    "duplicate_id": "another span came under the same id",
}
"""Known problems in words; others are shown by their own name."""


def span_detail(span: pd.Series, kept: Mapping[str, object], *, documents: pd.DataFrame, scores: pd.DataFrame) -> None:
    """Draws one span of `metrics.anatomy`; `kept` are its text columns."""
    st.text(str(span["name"] or span["step"] or "unnamed span"))
    st.text(" · ".join(_facts(span)))
    _problems(span)
    flags.note(span)
    if span["status"] == "error":
        st.error("Failed", icon=":material/error:")
        texts.block(kept.get("error_message") or _known(span["error_type"]), key="error")
    sections = _sections(kept, documents=documents, scores=scores)
    if not sections:
        st.text("No text is kept of this span: none was recorded, or it was deleted by age.")
        return
    section = sections[0]
    if len(sections) > 1:
        section = st.segmented_control(
            "Part of the span", sections, default=section, key="part", label_visibility="collapsed", required=True
        )
    _draw(section, kept, documents=documents, scores=scores)


def _sections(kept: Mapping[str, object], *, documents: pd.DataFrame, scores: pd.DataFrame) -> list[str]:
    there = {
        "Input and output": any(kept.get(name) for name in ("input_text", "output_text", "tool_args", "tool_result")),
        "Messages": any(kept.get(name) for name in ("messages_in", "messages_out", "system_text")),
        "Documents": not documents.empty,
        "Scores": not scores.empty,
        "Attributes": any(
            kept.get(name) for name in ("attributes", "resource", "model_params", "tools", "events", "links")
        ),
    }
    return [name for name, is_there in there.items() if is_there]


def _draw(section: str, kept: Mapping[str, object], *, documents: pd.DataFrame, scores: pd.DataFrame) -> None:
    if section == "Input and output":
        for title, names in (("Input", ("tool_args", "input_text")), ("Output", ("tool_result", "output_text"))):
            st.subheader(title, anchor=False)
            texts.block(next((kept[name] for name in names if kept.get(name)), None), key=title)
    elif section == "Messages":
        _messages(kept)
    elif section == "Documents":
        document_list(documents)
    elif section == "Scores":
        score_table(scores, key="span_scores")
    else:
        for title, name in (
            ("Attributes", "attributes"),
            ("Model parameters", "model_params"),
            ("Tools offered", "tools"),
            ("Events", "events"),
            ("Links", "links"),
            ("Resource", "resource"),
        ):
            if kept.get(name):
                st.subheader(title, anchor=False)
                texts.block(kept[name], key=name)


def _messages(kept: Mapping[str, object]) -> None:
    if kept.get("system_text"):
        st.subheader("System instructions", anchor=False)
        texts.block(kept["system_text"], key="system")
    for title, name in (("Sent to the model", "messages_in"), ("Answered", "messages_out")):
        if kept.get(name):
            st.subheader(title, anchor=False)
            messages = read_messages(kept[name], kept)
            if messages is None:
                texts.block(kept[name], key=name)
            else:
                texts.conversation(messages, key=name)


def document_list(documents: pd.DataFrame) -> None:
    """Documents in order, each with its rank, score and age, and its text."""
    for number, document in enumerate(documents.sort_values(["role", "rank"], na_position="last").to_dict("records")):
        facts = [f"{_known(document.get('role')) or 'retrieved'} {words.count(document.get('rank'))}"]
        if not pd.isna(document.get("score")):
            facts.append(f"score {float(document['score']):.3g}")
        if not pd.isna(document.get("last_updated")):
            facts.append(f"last changed {words.moment(pd.Timestamp(document['last_updated']))}")
        facts += [text for name in ("title", "doc_id", "url") if (text := _known(document.get(name)))]
        with st.container(border=True):
            st.text(" · ".join(facts))
            texts.block(document.get("content"), key=f"document_{number}")


def score_table(scores: pd.DataFrame, *, key: str) -> None:
    """Scores with who gave them; beside a judge's, whether people's labels stand behind it."""
    given = [_score_words(score) for score in scores.to_dict("records")]
    who = [_known(score.get("judge_name")) or _known(score.get("author")) for score in scores.to_dict("records")]
    marks = calibrated.marks(scores)
    kinds = ["expected answer" if each is True else "score" for each in scores["is_expectation"]]
    shown = scores.assign(given=given, who=who, kind=kinds, judge_is=marks)
    names = {
        "name": "name",
        "given": "score",
        "source": "source",
        "who": "by",
        **({"judge_is": "judge"} if any(marks) else {}),
        "target_level": "of",
        "kind": "kind",
        "explanation": "why",
    }
    tables.table(shown, names, key=key, alt="Scores")
    calibrated.way_to_judges(marks)


def _score_words(score: Mapping[Hashable, object]) -> str:
    for name in ("label", "text"):
        if text := _known(score.get(name)):
            return text
    value, flag = score.get("value"), score.get("bool")
    if isinstance(flag, bool):
        return "yes" if flag else "no"
    return f"{value:.3g}" if isinstance(value, float) and not pd.isna(value) else words.UNKNOWN


def _facts(span: pd.Series) -> list[str]:
    facts = [
        str(span["kind"]),
        words.duration(span["duration_ms"]) if not pd.isna(span["duration_ms"]) else "duration unknown",
    ]
    if not pd.isna(span["self_ms"]) and span["self_ms"] != span["duration_ms"]:
        facts.append(f"{words.duration(span['self_ms'])} of its own")
    if span["critical_ms"] > 0:
        facts.append(f"{words.duration(span['critical_ms'])} on the critical path")
    if not pd.isna(span["ttft_ns"]):
        facts.append(f"first token after {words.duration(span['ttft_ns'] / 1e6)}")
    if not pd.isna(span["cost_usd"]):
        facts.append(f"{words.usd(span['cost_usd'])} ({_known(span['cost_source']) or 'source unknown'})")
    elif reason := _known(span["cost_missing"]):
        facts.append(f"cost unknown: {reason}")
    if not (pd.isna(span["tok_in"]) and pd.isna(span["tok_out"])):
        facts.append(f"{words.count(span['tok_in'])} tokens in, {words.count(span['tok_out'])} out")
    named = (
        "model",
        "provider",
        "prompt_name",
        "prompt_version",
        "retrieval_config",
        "agent_name",
        "tool_name",
        "finish_reason",
    )
    facts += [f"{name.replace('_', ' ')} {text}" for name in named if (text := _known(span[name]))]
    if span["repeat_times"]:
        facts.append(f"call {span['repeat_nth']} of {span['repeat_times']} with the same arguments")
    if replaced := entity_words(span["entities"]):
        facts.append(f"replaced {replaced}")
    return facts


def _problems(span: pd.Series) -> None:
    said = problem_words(span["problems"])
    said += ["a value was cut"] if span["truncated"] is True else []
    said += ["the client hid its content"] if span["redacted"] is True else []
    if not pd.isna(span["dropped_attributes"]) and span["dropped_attributes"] > 0:
        said.append(f"the client dropped {int(span['dropped_attributes'])} attributes")
    if said:
        st.text("Note: " + "; ".join(said) + ".")


def problem_words(problems: object) -> list[str]:
    """Problems of a span or trace in words."""
    listed = problems if isinstance(problems, Iterable) and not isinstance(problems, str) else ()
    return [_problem_word(str(each)) for each in listed]


def _problem_word(problem: str) -> str:
    kind, _, code = problem.rpartition("_")
    if kind == "other_language":
        return f"text in a language ({code}) that scrub.languages does not name: names in it may have been missed"
    return PROBLEMS.get(problem, problem.replace("_", " "))


def entity_words(entities: object) -> str:
    """`2 PERSON, 1 EMAIL` of a JSON object of counts; empty when there are none."""
    if not isinstance(entities, str) or not entities:
        return ""
    try:
        counts = json.loads(entities)
    except ValueError:
        return ""
    return (
        ", ".join(f"{many} {entity}" for entity, many in sorted(counts.items()) if many)
        if isinstance(counts, dict)
        else ""
    )


def _known(value: object) -> str:
    return value if isinstance(value, str) else ""
