"""The states that every page has beside its figures: nothing loaded, nothing matches, something missing."""

import streamlit as st

from metrics.filters import TrafficFilter
from pages.parts import controls
from pages.parts.opened import opened


def stop_if_nothing_loaded(traces: int) -> None:
    """When no trace is loaded, say how to get some, and end the page."""
    if traces:
        return
    st.info(
        "No traces yet. Send some from an application, or load files. They appear here within seconds.",
        icon=":material/inbox:",
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Send", divider=False)
        st.text("Point any OpenTelemetry exporter (OTLP over HTTP) at this address:")
        st.code(
            f"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT={_origin()}/v1/traces\nOTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf",
            language=None,
            wrap_lines=True,
        )
    with right:
        st.header("Load", divider=False)
        st.text("Or load exports of other tools, OTLP bodies or JSON lines, from a shell:")
        st.code("benchbook ingest PATH...", language=None)
        st.text("To try it on made-up traffic of a bank's chatbot:")
        st.code("benchbook ingest sample_data", language=None)
    st.text(f"Traces are kept in {opened().home}, scrubbed of personal data before they are written.")
    st.stop()


def nothing_matches(wanted: TrafficFilter, *, what: str = "spans", also: str = "") -> None:
    """Say which filters leave nothing, offer to drop them, and end the page. `also` names further filters, as text."""
    st.warning(f"There are traces, but no {what} in this window with these filters.", icon=":material/filter_alt_off:")
    st.text(" · ".join(part for part in (controls.summary(wanted), also) if part))
    with st.container(horizontal=True):
        if wanted.is_narrowed:
            st.button("Clear filters", on_click=controls.clear_filters, key="clear_here", type="primary")
        st.button("Show everything", on_click=controls.show_everything, key="everything_here")
    st.stop()


def _origin() -> str:
    url = st.context.url or "http://127.0.0.1:8501"
    return "/".join(url.split("/", maxsplit=3)[:3])
