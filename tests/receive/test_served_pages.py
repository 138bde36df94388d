"""What a browser gets: headers, compression, hosts and origins, on the real server."""

import tomllib

import httpx
import pytest
from streamlit import config
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from ingest.receive.access import CONTENT_SECURITY_POLICY
from tests.receive import otlp
from tests.receive.otlp import Spec
from tests.receive.served import ROOT, Served

STREAM = "/_stcore/stream"


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/traces", "/static/nothing.js", "/_stcore/health"])
def test_every_answer_carries_the_security_headers(served: Served, path: str) -> None:
    headers = served.get(path).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers


def test_bundles_are_compressed_and_small_answers_are_not(served: Served) -> None:
    shell = served.get("/").text
    bundle = shell.split('src="./')[1].split('"')[0]
    assert served.get(f"/{bundle}").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in served.get("/healthz").headers
    assert "content-encoding" not in served.post("/v1/traces", otlp.request(Spec()), Accept_Encoding="gzip").headers


@pytest.mark.parametrize("path", ["/", "/healthz", "/static/x.js", "/_stcore/health"])
def test_a_foreign_host_gets_nothing(served: Served, path: str) -> None:
    assert served.get(path, Host="evil.example").status_code == 400


def test_a_foreign_host_may_not_send_traces(served: Served) -> None:
    assert served.post("/v1/traces", otlp.request(Spec()), Host="evil.example").status_code == 400


def test_a_page_connects_and_a_page_of_another_site_does_not(served: Served) -> None:
    address = served.url.replace("http", "ws") + STREAM
    with connect(address, origin=Origin(served.url), proxy=None):
        pass
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        with pytest.raises(InvalidStatus, match="403"), connect(address, origin=Origin(origin), proxy=None):
            pass
    host = {"Host": "evil.example"}
    with pytest.raises(InvalidStatus, match=r"40[03]"), connect(address, additional_headers=host, proxy=None):
        pass


def test_the_health_address_tells_nothing_but_health(served: Served) -> None:
    assert served.get("/healthz").json().keys() == {"status", "pages_behind"}
    assert httpx.get(served.url + "/api/public/health").json()["status"] == "OK"


def test_every_streamlit_option_we_set_exists_and_is_explained() -> None:
    text = (ROOT / ".streamlit" / "config.toml").read_text()
    known = config.get_config_options()
    assert set(_names(tomllib.loads(text))) <= set(known)
    settings = [line for line in text.splitlines() if "=" in line and not line.startswith("#")]
    assert all("  # " in line for line in settings), "each line says why it is there"


def test_nothing_is_reported_to_anybody() -> None:
    options = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert options["browser"]["gatherUsageStats"] is False
    assert options["client"]["showErrorDetails"] == "none"
    assert options["server"]["address"] == "127.0.0.1"


def _names(options: dict[str, object], under: str = "") -> list[str]:
    names: list[str] = []
    for key, value in options.items():
        names += _names(value, f"{under}{key}.") if isinstance(value, dict) else [under + key]
    return names
