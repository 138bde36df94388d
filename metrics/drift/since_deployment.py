"""The windows of a deployment: what happened since, beside the time before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from errors import UsageError
from metrics.drift.windows import Windows
from metrics.filters import TrafficFilter
from metrics.versions.deployments import Registered

LONGEST, SHORTEST = timedelta(days=14), timedelta(days=7)
"""How far the reference reaches back: to the deployment before, if that leaves the shortest; at most the longest."""


def since_last(deployments: Sequence[Registered], wanted: TrafficFilter) -> tuple[Windows, Registered]:
    """From the last deployment before `wanted` ends until then, beside the time before it; and that deployment.

    Of deployments at the same moment the one registered last stands for all. Raises `UsageError` when there is none.
    """
    known = [
        one for one in deployments
        if one.deployment.at < wanted.until and (not wanted.apps or any(map(one.is_of, wanted.apps)))
    ]  # fmt: skip
    if not known:
        raise UsageError("no deployment is registered before that time; `benchbook deploy` says what went live")
    last = max(known, key=lambda one: (one.deployment.at, one.number))
    at = last.deployment.at
    before = [one.deployment.at for one in known if one.deployment.at < at]
    reference_since = min(max([at - LONGEST, *before]), at - SHORTEST)
    return Windows(replace(wanted, since=at), reference_since, at), last
