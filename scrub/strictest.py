"""The policy for text of which nobody knows the application: all that the policy of any application does."""

from collections.abc import Iterable
from dataclasses import replace

from scrub.policy import TIGHTNESS, Policy


def strictest(policy: Policy) -> Policy:
    """What all do and each application adds, as one policy; of two actions for an entity the tighter one.

    Without applications of their own it is the policy itself.
    """
    if not policy.apps:
        return policy
    every = [policy, *(one for _, one in sorted(policy.apps.items()))]
    named = sorted({entity for one in every for entity in (*one.keep, *one.actions)})
    action = {entity: max((_action(one, entity) for one in every), key=TIGHTNESS.index) for entity in named}
    chosen = any(one.recognisers is not None for one in every)
    return replace(
        policy,
        keep=frozenset(entity for entity, act in action.items() if act == "keep"),
        actions={entity: act for entity, act in action.items() if act not in {"keep", "replace"}},
        names=_once(name for one in every for name in one.names),
        patterns={entity: _either(one.patterns.get(entity) for one in every)
                  for entity in dict.fromkeys(entity for one in every for entity in one.patterns)},
        deny={entity: _once(word for one in every for word in one.deny.get(entity, ()))
              for entity in dict.fromkeys(entity for one in every for entity in one.deny)},
        classes=_once(named for one in every for named in one.classes),
        recognisers=_once(name for one in every for name in one.official) if chosen else None,
        apps={},
    )  # fmt: skip


def _action(policy: Policy, entity: str) -> str:
    return "keep" if entity in policy.keep else policy.actions.get(entity, "replace")


def _either(expressions: Iterable[str | None]) -> str:
    """One expression for what any of them finds."""
    said = _once(one for one in expressions if one is not None)
    return said[0] if len(said) == 1 else "|".join(f"(?:{one})" for one in said)


def _once(said: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(said))
