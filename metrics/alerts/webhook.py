"""A signed message to a webhook, sent over HTTP; what it says of the answer, and nothing of its content.

The signature is HMAC-SHA256 over `<seconds since 1970>.<body>` with the shared secret, in hexadecimal, as Stripe's:
`Benchbook-Signature: t=1730000000,v1=5257a8...`. A receiver makes the same and compares in constant time; a time that
lies back too far is somebody who repeats an old message.

Source: RFC 2104 (HMAC); Stripe, "Webhook signatures".
"""

import hmac
from dataclasses import dataclass

import urllib3

TRIES = 3
"""At once, for a receiver that stumbles; longer outages are for the back-off between deliveries."""
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 10.0
_STUMBLES = (429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Answer:
    """How it went: the status where there was an answer, and why not where it was not taken."""

    status: int | None
    reason: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def signature(body: bytes, *, secret: str, at_seconds: int) -> str:
    """The value of the header `Benchbook-Signature`."""
    signed = str(at_seconds).encode() + b"." + body
    return f"t={at_seconds},v1={hmac.digest(secret.encode(), signed, 'sha256').hex()}"


def post(url: str, body: bytes, *, headers: dict[str, str]) -> Answer:
    """Send it, up to `TRIES` times while the receiver stumbles. Redirects are not followed: nobody configured them."""
    retries = urllib3.Retry(TRIES - 1, redirect=False, status_forcelist=_STUMBLES, allowed_methods=None,
                            backoff_factor=0.2, raise_on_status=False, respect_retry_after_header=False)  # fmt: skip
    timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)
    with urllib3.PoolManager() as pool:
        try:
            said = pool.request("POST", url, body=body, headers=headers, retries=retries, redirect=False,
                                timeout=timeout, preload_content=False)  # fmt: skip
        except urllib3.exceptions.HTTPError as error:  # its message holds the address, which may hold a password
            inner = getattr(error, "reason", None)
            return Answer(None, type(inner if inner is not None else error).__name__)
        said.release_conn()
        return Answer(said.status, "" if 200 <= said.status < 300 else f"status {said.status}")
