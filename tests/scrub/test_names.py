"""Names of people, in the words of users, in data, and in labels."""

import pytest

from scrub import TextKind
from scrub.names import is_person
from tests.scrub.scrubbing import kept

EVERYWHERE = [
    ("My name is Maria Lopez.", "My name is <PERSON_1>."),
    ("my name is maria lopez", "my name is <PERSON_1>"),
    ("Ask Dr. Quirion about it", "Ask Dr. <PERSON_1> about it"),
    ("Mr. Young called", "Mr. <PERSON_1> called"),
    ("customer: Yuki Nakamura, gold", "customer: <PERSON_1>, gold"),
    ("signed by Jean-Luc O'Brien", "signed by <PERSON_1>"),
    ("Emma Smith's card", "<PERSON_1>'s card"),
    ("JOHN SMITH paid", "<PERSON_1> paid"),
    ("Ludwig van der Berg wrote", "<PERSON_1> wrote"),
    ("John F. Kennedy spoke", "<PERSON_1> spoke"),
    ("your user name is emma_smith_1234", "your user name is <PERSON_1>"),
]
PROSE = [
    ("Dear Quillan,\nthanks", "Dear <PERSON_1>,\nthanks"),
    ("Kind regards,\nZsuzsanna", "Kind regards,\n<PERSON_1>"),
    ("I spoke with Oluwaseun yesterday", "I spoke with <PERSON_1> yesterday"),
    ("then Grace phoned me", "then <PERSON_1> phoned me"),
    ("please tell maria lopez", "please tell <PERSON_1>"),
    ("Šárka Ottová and Angela Švec called", "<PERSON_1> and <PERSON_2> called"),
    ("Tom Lantos wrote to me", "<PERSON_1> wrote to me"),
    (
        "they had 6: silvana, christopher and caleb.",
        "they had 6: <PERSON_1>, <PERSON_2> and <PERSON_3>.",
    ),
    ("follow up with jessica m. kadyrov in 2 months", "follow up with <PERSON_1> in 2 months"),
    ("My user ID is daiki_lee_6144.", "My user ID is <PERSON_1>."),
]
NOBODY = [
    "I'm sure you'll find that It's what We've asked. Don't worry.",
    "The flight goes from Los Angeles to New York on Monday, April 3. Thank you, Hello, Please.",
    "Will March be cold? May I ask? Mark it. Hope so. Rich text. Grant access.",
    "Use Python, Docker, OpenAI, LangChain, ChatGPT, Claude or Gemini with JSON.",
    "He speaks French, Spanish and English in Paris, Denver, Germany.",
    "Bank of America, Washington University, Jordan River, Smith Street",
    "Retrieve Documents, then Search Results; Error Handling; User Query",
    "Password, Encoding, Checkpointing, Maintainability, Traceback, Sequential: all of them",
    "Rho-Bank and the Summer Olympics in Catalonia; Arrival: 16:30, Price: $105",
    "the mac shows an amber light and the ruby gem fails in python",
]
LABELS = [
    "gpt-4o", "Retrieve Documents", "ChatOpenAI", "acme-bank", "Customer Support Agent", "RunnableSequence",
    "Claude 3.5 Sonnet", "claude-3-opus", "LangGraph", "Jordan Bank", "Tavily Search", "POST /v1/users/123",
    "AzureOpenAI", "text-embedding-3-small", "get_user_details", "Handoff to Billing Agent", "Triage Agent", "prod-eu",
    "Guardrail: PII", "v1.2.3", "answer_question [step 3]", "Mistral Large", "agent.run", "Alexa", "Austin",
    "2024-05-01",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EVERYWHERE)
@pytest.mark.parametrize("kind", [TextKind.PROSE, TextKind.DATA])
def test_a_name_is_replaced_in_prose_and_data(text: str, expected: str, kind: TextKind) -> None:
    assert kept(text, kind) == expected


@pytest.mark.parametrize(("text", "expected"), PROSE)
def test_prose_needs_less_to_speak_for_a_name(text: str, expected: str) -> None:
    assert kept(text, TextKind.PROSE) == expected


@pytest.mark.parametrize("text", NOBODY)
@pytest.mark.parametrize("kind", list(TextKind))
def test_capitals_alone_make_no_name(text: str, kind: TextKind) -> None:
    assert kept(text, kind) == text


@pytest.mark.parametrize("label", LABELS)
def test_labels_stay_as_traffic_is_grouped_by_them(label: str) -> None:
    assert kept(label, TextKind.LABEL) == label


def test_a_label_loses_a_full_well_known_name() -> None:
    assert kept("chat with Maria Lopez", TextKind.LABEL) == "chat with <PERSON_1>"


@pytest.mark.parametrize("value", ["Maria Lopez", "Emma", "Oluwaseun Adeyemi", "van der Berg, Anna"])
def test_a_value_that_is_a_name_is_known_as_one(value: str) -> None:
    assert is_person(value)


@pytest.mark.parametrize(
    "value", ["get_weather", "Retrieve Documents", "ChatOpenAI", "Los Angeles", "gpt-4o", "", "42"]
)
def test_names_of_tools_and_places_are_no_people(value: str) -> None:
    assert not is_person(value)


@pytest.mark.parametrize("kind", [TextKind.PROSE, TextKind.DATA])
@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Passenger: LOPEZ, MARIA seat 12A", "Passenger: <PERSON_1> seat 12A"),
        ("LOPEZ, MARIA J. and Smith, John", "<PERSON_1> and <PERSON_2>"),
        ("AUSTIN, TEXAS and Paris, France", "AUSTIN, TEXAS and Paris, France"),
    ],
)
def test_the_last_name_may_stand_first(text: str, clean: str, kind: TextKind) -> None:
    assert kept(text, kind) == clean
