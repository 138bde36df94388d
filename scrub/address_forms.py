"""How addresses are written: expressions that `scrub.addresses` looks with. Every quantifier is bounded."""

import re

_UP = "A-ZÀ-ÖØ-ÞĀ-ɏͰ-ϿЀ-Я"
_STREET_WORD = (
    "street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|circle|cir|place|pl|square|"
    "sq|terrace|ter|trail|trl|parkway|pkwy|highway|hwy|way|alley|aly|plaza|crescent|cres|gardens|grove|"
    "mews|quay|hill|crossing|turnpike|vista|view|park"
)
_WORD = rf"[{_UP}0-9][\w'’.-]{{0,24}}"
_CAPITAL = rf"[{_UP}][\w'’.-]{{0,24}}"
_SMALL = r"[^\W\d_][\w'’./-]{0,24}"
_OF = r"(?:de|del|des|du|da|do|dos|la|le|las|los|el|of|the|am|der|den|dem|van|von|di|della|y|na|nad|op|bei|sur)"
_UNIT_WORD = r"(?:apt|apartment|suite|ste|unit|flat)"
_LINE = r"[ \t]{0,3},?\n[ \t>?,]{0,8}"
_NUMBER = r"(?<![\w.,/-])\d{1,6}(?:[-/]\d{1,4})?[A-Za-z]?"
HOUSE = re.compile(rf"\d(?<![\w.,/-]\d)\d{{0,5}}(?:[-/]\d{{1,4}})?[A-Za-z]?,? (?=[{_UP}0-9])")
"""A number before a word that could be a street. It begins with the digit, so that most text is passed over quickly."""
STREET = re.compile(rf"(?:{_WORD} ){{1,4}}(?i:{_STREET_WORD})(?![\w-])\.?")
DOUBLE = re.compile(rf"(?:{_CAPITAL} ){{1,4}}(?!(?:19|20)\d\d\b)\d{{1,4}}\.?(?=[ \t]*\n|,? (?i:apt|suite)\b|,)")
NUMBERED = re.compile(rf"(?:{_WORD} |{_OF} ){{0,5}}{_WORD},?(?: |{_LINE})(?i:{_UNIT_WORD})\b\.? ?#?\w{{1,6}}")
RUE_WORDS = (
    "rue ", "avenue ", "boulevard ", "calle ", "c/ ", "avenida ", "av. ", "via ", "viale ", "piazza ", "corso ", "rua ",
    "rúa ", "plaza ", "paseo ", "carrer ", "strada ", "ul. ", "ulica ", "place ", "chemin ", "allée ", "impasse ",
    "λεωφόρος ", "πλατεία ",
)  # fmt: skip
RUE = re.compile(
    r"(?<![\w-])(?:\d{1,6},? )?(?:(?:Rue|Avenue|Boulevard|Calle|C/|Avenida|Av\.|Via|Viale|Piazza|Corso|Rua|Rúa|Plaza|"
    r"Paseo|Carrer|Strada|ul\.|Ulica|Λεωφόρος|Πλατεία)(?: [^\W\d_][\w'’.-]{0,24}){1,5},? (?:n\.?º? ?)?\d{1,5}[A-Za-z]?"
    r"|(?<!\d)\d{1,5},? (?:[Rr]ue|avenue|boulevard|place|chemin|allée|impasse)(?: [^\W\d_][\w'’.-]{0,24}){1,5}"
    r")(?!\w)\.?"
)
STRASSE_WORDS = (
    "straße", "strasse", "str.", "gasse", "weg", "platz", "allee", "damm", "ufer", "gata", "gatan", "vägen", "vegen",
    "veien", "gade", "vej", "straat", "laan", "katu", "kuja", "tie", "utca", "út", "stræti", "bakken", " u.", "útja",
    " tér", " tere", "körút", " gate", " plads", " tee",
)  # fmt: skip
BEFORE_NUMBER = re.compile(r"\d(?<=[^\W\d_][ ,]\d|\.[ ,]\d|[ ,]{2}\d)\d{0,4}[A-Za-z]?(?!\w)")
"""A number behind a word."""
STRASSE = re.compile(
    rf"(?<![\w-])(?:\d{{1,6}},? )?(?:[{_UP}][\w-]{{1,30}}(?:straße|strasse|str\.|gasse|weg|platz|allee|damm|ufer|gata"
    r"|gatan|vägen|vegen|veien|gade|vej|straat|laan|katu|kuja|tie|utca|út|stræti|bakken)[ ,]{1,2}\d{1,5}[A-Za-z]?"
    rf"|{_CAPITAL}(?: {_CAPITAL})?(?: {_SMALL})? (?:u\.|utca|útja|út|tér|tere|körút|gate|gata|gade|plads|tee)"
    r" \d{1,5}[A-Za-z]?)(?!\w)\.?"
)
NUMBERED_STREET = re.compile(rf"(?<!\w)(?:{_CAPITAL} ){{1,4}}\d{{1,4}}\.? (?i:st|street)(?!\w)\.?")
BEFORE_UNIT = re.compile(  # a line that begins with a number, or that has one at both ends, before `apt. 523`
    rf"(?<![^\n])[ \t>?]{{0,8}}\d{{1,6}} [^\n]{{2,60}}\n[ \t>?]{{0,8}}(?i:{_UNIT_WORD})\b\.? ?#?\w{{1,6}}"
    rf"|{_NUMBER} (?:{_SMALL} ){{1,5}}(?!(?:19|20)\d\d\b)\d{{1,5}}\.?,?(?: |{_LINE})(?i:{_UNIT_WORD})\b\.? ?#?\w{{1,6}}"
)
AFTER_UNIT = re.compile(
    rf"(?<!\w)(?i:apt|suite)\b\.? ?#?\d{{1,5}},? \d{{1,6}} (?:{_SMALL} ){{1,4}}(?:\d{{1,5}}|(?i:{_STREET_WORD}))(?!\w)"
)
ONE_UNIT = re.compile(r"(?<![\w-])(?<!(?i:test) )(?i:apt|apartment|suite)\b\.? ?#?\d{2,5}(?![\w.]\d|\w)")
CORNER = re.compile(rf"(?i:the corner of )(?:{_WORD} ?){{1,5}} and (?:{_WORD} ?){{1,5}}")
SMALL_CORNER = re.compile(
    rf"(?i:the corner of )(?:[\w.'’/-]{{1,25}} ){{1,6}}?and (?:[\w.'’-]{{1,25}} ){{0,4}}?(?i:{_STREET_WORD})(?!\w)"
)
MILITARY = re.compile(
    r"(?i)\b(?:PSC|Unit|USNS|USS|USCGC|USNV) [\w ]{1,20},? ?(?:Box \d{1,5})?\s{1,3}[AFD]PO,? A[AEP] \d{5}"
)
BOX = re.compile(r"(?i)(?:(?<![\w.,/-])\d{1,6} )?\b(?:p\.? ?o\.? ?box|postal box|post office box|postfach) \d{1,7}\b")
_LIVES = (
    r"(?i:\b(?:address(?:es)?(?: here)?(?: is| are| to| with| at|:)|they are|(?:live[sd]?|living|resides?|residing"
    r"|located|situated) at|(?:office|restaurant|house|shop|store|home) is(?: at)?))"
)
_GOES = (
    r"(?i:\b(?:sent|send|ship(?:ped)?|deliver(?:ed)?|taxi|cab|ride|mov(?:e|ed|ing)|mail(?:ed)?|return|come|drive|off"
    r"|arrived|meet me|pick me up)(?: it| them| this)? (?:to|at))"
)
_MONTH = r"(?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} )"
LIVES_AT = re.compile(
    rf"{_LIVES} {{1,5}}({_MONTH}(?:\d{{1,6}}[A-Za-z]?,?(?: (?:{_CAPITAL}|{_OF})){{1,5}}(?: \d{{1,5}}[A-Za-z]?)?"
    rf"|\d{{1,6}}(?: {_SMALL}){{1,3}} \d{{1,5}}|\d{{1,6}} \d{{1,6}}(?: {_CAPITAL}){{1,4}}"
    rf"|(?:{_CAPITAL} ){{1,3}}\d{{1,4}}))(?!\w)"
)
GOES_TO = re.compile(
    rf"{_GOES} {{1,5}}(\d{{1,6}}(?: (?:{_CAPITAL}|{_OF})){{1,5}} (?!(?:19|20)\d\d\b)\d{{1,5}}"
    rf"|\d{{1,6}} \d{{1,6}}(?: {_CAPITAL}){{1,4}})(?!\w)"
)
UNIT = re.compile(
    r"[ ,\n]{1,3}[>? ]{0,4}(?:(?i:apt|apartment|suite|ste|unit|floor|fl|room|rm|flat|bldg|building)\b\.? ?#?|#)\w{1,8}"
)
_PLACE = (
    rf"(?:(?>{_WORD})(?:[ -](?:{_OF} ){{0,2}}(?:(?>{_WORD})|\({_CAPITAL}\))){{0,3}})"  # (?>: a word holds hyphens too
)
_ZIP = (
    r"(?:\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} ?[A-Z]{2}|\d{3} \d\d|\d{3,6})"
)
_GAP = r"(?:[ \t]{0,3},?[ \t]{0,3}\n\n?[ \t>?,]{0,8}|,[ \t]{0,2}|[ \t]{1,2})"
REST = re.compile(
    rf"{_GAP}(?:{_PLACE}{_GAP}){{0,3}}(?:nan )?{_ZIP}(?![\w-])|{_GAP}{_PLACE},[ \n]{{1,2}}[A-Z]{{2}}(?!\w)"
    rf"|\n[ \t>?,]{{0,8}}{_PLACE}(?=\n|$)|, {_PLACE}(?=[,.?!\n]|$)"
)
REST_OF_UNIT = re.compile(  # lines of words down to a postcode, in any case; or a city beside the unit
    r"(?:[ \t]{0,3},?\n{1,2}[ \t>?,]{0,8}[^\W\d_][^\n\d]{1,40}){0,3}(?<=\w|[ ),])[ ,]{1,2}\d{4,6}(?!\w)"
    rf"|,? {_CAPITAL}(?: (?:{_OF} ){{0,2}}{_CAPITAL}){{0,4}}"
)
POSTCODE = re.compile(
    r"[A-Z](?<!\w[A-Z])(?:(?<![QVX])[A-HK-Y]?\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}|[A-Z],? \d{5}(?:-\d{4})?)(?!\w)"
)
TO_NUMBER = re.compile(r"\d(?<= (?:to|at) \d)")
ZIP_CUE = re.compile(
    r"(?i)\b(?:zip|zip ?code|post ?code|postal code)\b(?:[ :#]{1,3}(?:is|number)\b)?[ :#]{1,3}"
    r"(\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})(?!\w)"
)
UNIT_AT_END = re.compile(rf"(?i){_UNIT_WORD}\b\.? ?#?\w{{1,8}}\Z")
