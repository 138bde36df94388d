"""Passwords, keys and tokens: by the prefix of their issuer, or by what stands before them."""

import re
from collections.abc import Iterator

from scrub.lexicon import lexicon
from scrub.recogniser import Found, Rules, holds_any, lowered

_ISSUED = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_-]{16,220}|[sp]k-lf-[0-9a-f-]{16,40}"
    r"|(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}"
    r"|glpat-[A-Za-z0-9_-]{20,60}|xox[abeoprs]-[A-Za-z0-9-]{10,200}|xapp-[A-Za-z0-9-]{10,200}"
    r"|[srp]k_(?:live|test)_[A-Za-z0-9]{10,200}|whsec_[A-Za-z0-9]{20,100}|AIza[0-9A-Za-z_-]{30,40}"
    r"|ya29\.[0-9A-Za-z_-]{20,200}|GOCSPX-[0-9A-Za-z_-]{20,60}|hf_[A-Za-z0-9]{20,60}|npm_[A-Za-z0-9]{30,60}"
    r"|pypi-[A-Za-z0-9_-]{30,250}|SG\.[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{16,80}|(?:SK|AC)[0-9a-f]{32}"
    r"|eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{4,4000}\.?[A-Za-z0-9_-]{0,1500}|dop_v1_[0-9a-f]{40,80}"
    r"|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{20,60}|lin_api_[A-Za-z0-9]{20,60}|pplx-[A-Za-z0-9]{20,80}"
    r"|gsk_[A-Za-z0-9]{20,80}|xai-[A-Za-z0-9]{20,100}|r8_[A-Za-z0-9]{20,60}|tvly-[A-Za-z0-9-]{16,60}"
    r"|lsv2_[A-Za-z0-9_]{20,80}|nvapi-[A-Za-z0-9_-]{20,100}|dapi[0-9a-f]{32}"
    r")"
)
_BEARER = re.compile(r"(?i)\b(?:bearer|basic)[ \t]{1,3}([A-Za-z0-9._~+/=-]{12,4000})")
_NAMES = ("password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "key", "credential")
_KEY_OF = re.compile(r"(?:api|access|private|account|auth|secret)[_ -]?\Z")
_SAID = re.compile(
    r"(?i)(?:[_ -](?:key|value|access[_ -]key))?[\"'\\]{0,3}(?: ?(?::|=>|=| is:?| was) ?)[\"'\\`]{0,3}"
    r"([^\s\"'\\`,;&<>{}\[\]()]{4,300})"
)
_ISSUERS = (
    "sk-", "k-lf-", "AKIA", "ASIA", "AGPA", "AIDA", "AROA", "gh", "github_pat_", "glpat-", "xox", "xapp-", "k_live_",
    "k_test_", "whsec_",
    "AIza", "ya29.", "GOCSPX-", "hf_", "npm_", "pypi-", "SG.", "SK", "AC", "eyJ", "dop_v1_", "shp", "lin_api_", "pplx-",
    "gsk_", "xai-", "r8_", "tvly-", "lsv2_", "nvapi-", "dapi",
)  # fmt: skip
_SHORTEST = 14
"""No issued key is shorter."""
_USERINFO = re.compile(r"(?<=://)([^\s/:@]{0,64}):([^\s/@]{1,128})@")
_PEM_BEGIN = "-----BEGIN "
_PEM_END = "-----END "
_PEM_LONGEST = 20_000
_PASSWORD = frozenset({"password", "passwd", "passphrase", "passcode", "pwd"})
_NOT_SAID = re.compile(
    r"(?i)none|null|true|false|nil|undefined|required|optional|string|str|[*x.•]{3,}|<.*|\$.*|%.*|\{.*"
)


class SecretRules(Rules):
    """Secrets. Their placeholder has no number: that would tell which of two passwords it was."""

    def __init__(self) -> None:
        super().__init__("SECRET")

    def find(self, text: str) -> Iterator[Found]:
        if max(map(len, text.split()), default=0) >= _SHORTEST and holds_any(text, _ISSUERS):
            yield from ((*match.span(), "SECRET") for match in _ISSUED.finditer(text) if _is_issued(match[0]))
        low = lowered(text)
        if "bearer" in low or "basic" in low:
            yield from ((*match.span(1), "SECRET") for match in _BEARER.finditer(text) if is_random(match[1]))
        if "://" in text and "@" in text:
            yield from ((*match.span(2), "SECRET") for match in _USERINFO.finditer(text))
        for name in _NAMES:
            if name in low:
                yield from _named(text, low, name)


def _named(text: str, low: str, name: str) -> Iterator[Found]:
    """What stands behind `password:` and the like. A key is only one when it says what it opens."""
    at = low.find(name)
    while at >= 0:
        end = at + len(name)
        said = _SAID.match(text, end)
        if said and (name != "key" or _KEY_OF.search(low, max(0, at - 9), at)):
            value = said[1].rstrip(".!?:")
            if is_secret(name, value):
                yield said.start(1), said.start(1) + len(value), "SECRET"
        at = low.find(name, end)


def private_keys(text: str) -> Iterator[Found]:
    """PEM blocks of private keys, from marker to marker, or to the end of a cut text."""
    begin = text.find(_PEM_BEGIN)
    while begin >= 0:
        end = text.find(_PEM_END, begin, begin + _PEM_LONGEST)
        stop = text.find("-----", end + len(_PEM_END)) + 5 if end >= 0 else min(len(text), begin + _PEM_LONGEST)
        stop = stop if stop > begin + 5 else len(text)
        if "PRIVATE KEY" in text[begin : begin + 64]:
            yield begin, stop, "SECRET"
        begin = text.find(_PEM_BEGIN, max(stop, begin + 1))


def _is_issued(value: str) -> bool:
    return not value.startswith("sk-") or any(character.isdigit() for character in value)


def is_random(value: str) -> bool:
    """Long, without spaces, and not made of letters of one case only: a key and not a word."""
    if len(value) < 12 or any(character.isspace() for character in value):
        return False
    return any(c.isdigit() for c in value) or (not value.islower() and not value.isupper() and not value.istitle())


def is_secret(name: str, value: str) -> bool:
    """Whether `name: value` gives a secret away. A password may be a word, if it is not an English one."""
    if len(value) < 4 or _NOT_SAID.fullmatch(value):
        return False
    if name in _PASSWORD:
        return value.lower() not in lexicon().words or any(not c.isalpha() for c in value)
    return is_random(value) and not value.replace(".", "").replace("-", "").isdigit()
