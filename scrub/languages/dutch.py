"""Dutch, as in the Netherlands and Flanders."""

from scrub.languages.language import Language

DUTCH = Language(
    code="nl",
    common=frozenset(
        (
            "de het een en is van ik je dat niet zijn op te in met voor die er maar om hij aan ook als dit heb "
            "bij was u uw "
            "mijn wij we ze zij jij mij me kan kunt wordt worden naar uit nog wel geen door over dan of heeft "
            "hebben zou "
            "wil graag hallo dank bedankt ja nee waar wat wie hoe waarom deze onze jullie hun haar zijn moet "
            "goed meer al "
            "tot tegen alvast dag goedemorgen goedemiddag vriendelijke groet"
        ).split()
    ),
    made=(
        "ing|ingen|heid|heden|schap|tie|ties|teit|nummer|rekening|kaart|pas|geld|rente|saldo|"
        "limiet|code|bedrag|kosten|tijden|datum|plan|aanvraag|storting"
    ),
    titles="dhr|mevr|mw|meneer|mevrouw|mijnheer|de heer|juffrouw|dr|drs|ir|ing|mr|prof|professor|familie",
    introduced=(
        "naam(?: is|:| luidt)|heet|genaamd|gesproken met|spreken met|sprak met|ondertekend(?: door|:)?|kaarthouder:?"
        "|rekeninghouder:?|t\\.a\\.v\\.|ter attentie van"
        "|(?:klant|klante|patiënt|patiënte|medewerker|medewerkster|ontvanger|afzender|contactpersoon|collega"
        "|buurman|buurvrouw"
        "|huurder|advocaat|passagier)(?: is| heet|:)?"
    ),
    greeted=(
        "ik ben|dit is|u spreekt met|met|hallo|hoi|beste|lieve|geachte|goedemorgen|goedemiddag|goedenavond|dag"
        "|bedankt|dank u"
        "|groeten|groetjes|(?:met )?vriendelijke groet(?:en)?|hoogachtend|vraag naar|aan|van|voor|door|mijn man"
        "|mijn vrouw"
        "|mijn zoon|mijn dochter|mijn broer|mijn zus|mijn moeder|mijn vader"
    ),
    said="mijn naam is|ik heet|heet",
    born="geboren(?: op)?|geboortedatum|geb\\.(?: op)?|verjaardag(?: is)?(?: op)?",
    months="(?:jan|feb|maart|mrt|apr|mei|juni|juli|aug|sept?|okt|nov|dec)[a-z]{0,6}\\.?",
    passwords=("wachtwoord", "wachtwoorden", "paswoord"),
    no_password=frozenset(
        (
            "fout vergeten onjuist juist verkeerd verlopen geblokkeerd ongeldig geldig gewijzigd wijzigen "
            "verplicht nodig vereist kwijt onbekend hetzelfde goed"
        ).split()
    ),
    pins=("pin", "pincode", "tan", "tan-code", "verificatiecode", "bevestigingscode", "otp"),
    accounts=("rekeningnummer", "rekeningnr", "rekening"),
    card_codes=("beveiligingscode", "veiligheidscode", "cvv", "cvc"),
    endings=("eindigt op", "eindigend op", "eindigt met", "laatste vier cijfers", "laatste 4 cijfers"),
    cards=("kaart", "pas", "rekening", "iban", "visa", "cijfers"),
    verbs="is|was|zijn|luidt",
    between="nr|nummer|code|van|voor|mijn|de|het|uw|je|kaart|rekening|nieuwe|oude|bankpas|pas",
    phone=(
        "telefoon|telefoonnummer|tel|mobiel|gsm|nummer|fax|bereikbaar op|bereiken op|bel me(?: terug)? op|bellen op"
        "|belt u"
    ),
    phones=(
        (10, r"06[ \-]?\d{8}"),
        (10, r"06[ \-]\d{2}(?:[ \-]\d{2}){3}"),
        (10, r"0\d{1,3}[ \-]\d{3}[ \-]?\d{2}[ \-]?\d{2}"),
    ),
    addresses=(
        (
            r"(?:[A-Z][\w'’.-]{1,24} ){0,3}[A-Z]?[\w'’-]{1,24}(?:straat|laan|weg|plein|gracht|kade|singel|dijk|steeg"
            r"|dreef|hof|pad|markt) \d{1,4}(?:[ -]?[a-zA-Z](?!\w)|-\d{1,3})?"
            r"(?:,? ?\d{4} ?[A-Z]{2}(?:,? [A-Z][\w'’-]{1,24}){0,2})?"
        ),
    ),
    official=("NL_BSN", "NL_PASSPORT", "NL_DRIVER_LICENSE"),
    cues={
        "NL_BSN": ("bsn", "burgerservicenummer", "sofinummer", "burger service nummer"),
        "NL_PASSPORT": ("paspoort", "identiteitskaart", "id-kaart", "documentnummer"),
        "NL_DRIVER_LICENSE": ("rijbewijs",),
    },
    keys={
        "voornaam": "PERSON", "achternaam": "PERSON", "naam": "PERSON", "volledige naam": "PERSON",
        "klantnaam": "PERSON",
        "contactpersoon": "PERSON", "telefoon": "PHONE_NUMBER", "telefoonnummer": "PHONE_NUMBER",
        "mobiel": "PHONE_NUMBER",
        "mobielnummer": "PHONE_NUMBER", "geboortedatum": "DATE_OF_BIRTH", "straat": "ADDRESS", "straatnaam": "ADDRESS",
        "adres": "ADDRESS", "huisnummer": "ADDRESS", "woonadres": "ADDRESS", "bsn": "ID_NUMBER",
        "burgerservicenummer": "ID_NUMBER", "paspoort": "ID_NUMBER", "paspoortnummer": "ID_NUMBER",
        "rijbewijs": "ID_NUMBER",
        "rijbewijsnummer": "ID_NUMBER", "emailadres": "EMAIL_ADDRESS", "mailadres": "EMAIL_ADDRESS",
        "rekeningnummer": "BANK_ACCOUNT",
        "kaartnummer": "CREDIT_CARD", "wachtwoord": "SECRET",
    },
)  # fmt: skip
