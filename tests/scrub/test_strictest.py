"""Text of no known application is scrubbed by all that any application asks for."""

from scrub import Policy, Scrubber, without_numbers
from scrub.strictest import strictest
from settings.privacy import Scrub, ScrubOfApp

KEY = b"k" * 32


def policy(**apps: dict[str, object]) -> Policy:
    said = {name: ScrubOfApp.model_validate(own) for name, own in apps.items()}
    central = {"EMAIL_ADDRESS": "keep_domain", "IP_ADDRESS": "keep"}
    return Policy.from_settings(Scrub.model_validate({"entities": central, "names": ["Qwertza"], "apps": said}))


def scrubbed(by: Policy, text: str) -> str:
    return without_numbers(Scrubber(by, KEY).text(text).text)


def test_what_any_application_adds_is_done() -> None:
    by = strictest(policy(
        bank={"names": ["Zyxwara"], "patterns": {"POLICY_NUMBER": r"PN-\d{8}"}, "entities": {"EMAIL_ADDRESS": "drop"}},
        shop={"patterns": {"POLICY_NUMBER": r"SH\d{4}"}, "deny": {"PROJECT": ["Heron"]},
              "entities": {"EMAIL_ADDRESS": "replace", "IP_ADDRESS": "truncate"}},
    ))  # fmt: skip

    text = scrubbed(by, "PN-12345678 and SH1234 of Zyxwara and Qwertza, jo@acme.com, 8.8.4.4, Heron")

    assert text == "<POLICY_NUMBER> and <POLICY_NUMBER> of <PERSON> and <PERSON>, , 8.8.4.x, <PROJECT>"
    assert by.apps == {}


def test_without_applications_it_is_the_policy() -> None:
    central = policy()

    assert strictest(central) is central


def test_an_application_that_asks_for_more_official_numbers_asks_for_all() -> None:
    central = policy(bank={"recognisers": ["ES_NIF"]})

    assert set(central.official) < set(strictest(central).official)
