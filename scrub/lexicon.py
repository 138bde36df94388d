"""What is known of a word: is it a first or last name, an English word, a place."""

import gzip
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_LISTS = Path(__file__).parent / "lists"

_CALENDAR = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december mon tue tues wed thu thur thurs fri sat sun jan feb mar apr jun jul aug sep "
    "sept oct nov dec christmas easter ramadan diwali"
)
_PEOPLES = (
    "america american "
    "english french german spanish italian dutch portuguese swedish norwegian danish finnish polish czech russian "
    "turkish greek arabic hebrew hindi chinese japanese korean american british european african asian canadian "
    "mexican indian australian brazilian irish scottish welsh swiss austrian belgian latin vietnamese thai mandarin "
    "catalan catalonia castile castilian aragon andalusia basque tuscany bavaria bavarian saxony prussia prussian "
    "normandy flanders flemish wallonia lombardy sicily sicilian sardinia bengal bengali punjab punjabi "
    "gujarat gujarati tamil telugu marathi urdu farsi persian cantonese tagalog swahili yoruba hausa amharic malay "
    "bosnian croatian serbian slovak slovenian romanian bulgarian hungarian ukrainian latvian lithuanian estonian "
    "icelandic albanian armenian georgian kazakh uzbek afghan pakistani bangladeshi nepali burmese cambodian "
    "indonesian filipino singaporean nigerian ghanaian kenyan ethiopian egyptian moroccan algerian tunisian libyan "
    "israeli palestinian lebanese syrian iraqi iranian saudi emirati qatari kuwaiti yemeni cuban colombian peruvian "
    "chilean argentine argentinian venezuelan ecuadorian bolivian paraguayan uruguayan caribbean scandinavian nordic "
    "balkan muslim islamic hindu buddhist jewish catholic protestant orthodox sikh"
)
_PRODUCTS = (
    "google amazon microsoft apple netflix spotify uber airbnb paypal visa mastercard amex stripe klarna zelle venmo "
    "facebook instagram whatsapp twitter linkedin youtube tiktok reddit wikipedia github gitlab docker "
    "kubernetes redis "
    "kafka postgres mysql sqlite mongodb snowflake databricks airflow spark hadoop python java javascript typescript "
    "rust golang kotlin swift ruby django flask pydantic pandas numpy streamlit jupyter plotly langchain langgraph "
    "langfuse langsmith llamaindex crewai autogen phoenix arize mlflow openai anthropic claude gemini gemma llama "
    "mistral mixtral qwen deepseek grok copilot alexa siri cortana bard cohere bedrock vertex azure openinference "
    "opentelemetry traceloop openllmetry logfire haystack dspy chroma pinecone weaviate qdrant milvus faiss "
    "elasticsearch bm25 zendesk salesforce hubspot jira slack notion trello asana figma android iphone ipad macbook "
    "linux ubuntu debian windows chrome firefox safari json yaml html http https api url sql csv pdf "
    "uuid id llm rag gpt "
    "ok okay faq atm pin usd eur gbp ssn iban kyc aml sonnet haiku opus watson jenkins apache celery julia scala covid "
    "wifi bluetooth euro dollar yen bitcoin ethereum"
)
_MODERN = (
    "i online website websites internet email emails chatbot chatbots bot bots app apps blog login "
    "logout info username "
    "workflow workflows dataset datasets metadata runtime backend frontend config configs timestamp timestamps token "
    "tokens prompt prompts embedding embeddings retriever reranker chunk chunks vector async sync refactor debug admin "
    "cloud cybersecurity fintech crypto blockchain smartphone laptop webpage download upload offline hashtag selfie "
    "podcast livestream streaming ecommerce checkout signup opt cashback reschedule rebook rebooking autopay overdraft "
    "reimbursement reimburse mortgage prepaid nonrefundable refundable stopover layover roundtrip "
    "itinerary itineraries "
    "cannot let's here's that's there's what's who's c'mon gonna wanna gotta ya yep nope yeah hmm umm "
    "wow oops haha hey hi "
    "hello lol btw asap dj dvd cd tv pc ceo cto cfo ai ml nlp api apis http urls json ids pdfs faqs plugin plugins "
    "linter repo repos regex schema schemas stdout stderr boolean integer enum tuple kwargs args init src util utils "
    "mr mrs ms mx dr prof rev hon messrs mme herr frau "
    "password passwords traceback tracebacks encoding encodings decoding checkpoint checkpointing sequential parallel "
    "bonjour merci oui gracias danke bitte ciao adios arial helvetica verdana subagent subagents grounding ungrounded "
    "hallucination rubric rubrics latency throughput webhook webhooks endpoint endpoints middleware namespace codebase "
    "changelog readme localhost hostname filename filepath filesystem keyword keywords placeholder placeholders "
    "checkbox dropdown tooltip sidebar navbar popup screenshot screenshots spreadsheet spreadsheets homepage chatbox "
    "bugfix hotfix rollback rollout uptime downtime failover firewall malware phishing spyware ransomware "
    "biometric biometrics passkey passkeys onboarding offboarding upsell wireframe roadmap backlog standup "
    "smartwatch wearable wearables telehealth telemedicine vape vegan gluten keto yoga covid vaccine vaccines "
    "chargeback chargebacks payday paycheck paystub escrow refinance cryptocurrency cryptocurrencies stablecoin "
    "e-mail e-mails chatgpt langchain llms gpu cpu kb mb gb ui ux cli sdk saas"
)
_CONTRACTIONS = ("'m", "'s", "'re", "'ve", "'ll", "'d", "n't")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Sets of words in small letters. `firm` are months, peoples and products; large places may have several words.

    `proper` are words that newspapers wrote with a capital only and that no list of names has: firms, a few people.
    """

    firsts: frozenset[str]
    frequent_firsts: frozenset[str]
    lasts: frozenset[str]
    words: frozenset[str]
    proper: frozenset[str]
    places: frozenset[str]
    large_places: frozenset[str]
    firm: frozenset[str]

    def is_word(self, lower: str) -> bool:
        """Whether English writes it with a small letter, or it is a month, a people, a well-known product."""
        if lower in self.words:
            return True
        plain = lower.replace("’", "'")
        return "'" in plain and any(
            plain.endswith(end) and plain.removesuffix(end) in self.words for end in _CONTRACTIONS
        )


def _read(file: str) -> list[str]:
    return gzip.decompress((_LISTS / file).read_bytes()).decode().split("\n")


@cache
def lexicon() -> Lexicon:
    """The packed lists, read once in each process."""
    firsts, words, places = _read("first.txt.gz"), _read("words.txt.gz"), _read("places.txt.gz")
    firm = frozenset((*_CALENDAR.split(), *_PEOPLES.split(), *_PRODUCTS.split()))
    return Lexicon(
        firsts=frozenset(name.rstrip("!") for name in firsts),
        frequent_firsts=frozenset(name[:-1] for name in firsts if name.endswith("!")),
        lasts=frozenset(_read("last.txt.gz")),
        words=frozenset((*(word for word in words if word[-1] != "!"), *_MODERN.split(), *firm)),
        proper=frozenset(word[:-1] for word in words if word[-1] == "!"),
        places=frozenset(place.rstrip("!") for place in places),
        large_places=frozenset(place[:-1] for place in places if place.endswith("!")),
        firm=firm,
    )
