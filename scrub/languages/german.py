"""German, as in Germany, Austria and Switzerland."""

from scrub.languages.language import Language

GERMAN = Language(
    code="de",
    nouns=True,
    common=frozenset(
        (
            "der die das und ist nicht ich sie es ein eine zu den mit von für auf im dem des sich auch als an "
            "wir ihr wie "
            "bei aus nach um am er hat haben sind war wird werden kann können dass aber oder wenn nur noch mein meine "
            "meinen meiner ihre ihren ihrem ihnen mir mich uns unser bitte danke habe bin wurde einen einem "
            "einer zum zur "
            "über durch vor seit bis kein keine mehr schon sehr hier dort diese dieser dieses was wer wo warum "
            "guten tag "
            "hallo ja nein möchte sein hatte unter doch dann so man"
        ).split()
    ),
    made=(
        "ung|ungen|heit|heiten|keit|keiten|schaft|schaften|tion|tionen|ität|nummer|nummern|karten?|"
        "konto|kontos|konten|stand|geld|satz|sätze|auftrag|aufträge|zahlung|betrag|beträge|gebühr|"
        "gebühren|dienst|schein|zeiten?|wert|kredit|antrag|anträge|vertrag|verträge|weis|brief|zins|"
        "zinsen|zettel|wechsel|ausweis|limit|bank|versicherung|sparen|rente|plan|code|daten|seite|"
        "stelle|fehler|sperre"
    ),
    titles="herrn?|frau|fräulein|dr|prof|professor|professorin|doktor|dipl\\.-ing|familie",
    introduced=(
        "name(?: ist| war|:| lautet)|heiße|heisse|heißt|heisst|namens|genannt|gesprochen mit|spreche mit"
        "|telefoniert mit"
        "|unterschrieben von|unterzeichnet:?|karteninhaber(?:in)?:?|kontoinhaber(?:in)?:?|z\\. ?hd\\.(?: v\\.| von)?"
        "|(?:kunde|kundin|patient|patientin|mitarbeiter|mitarbeiterin|empfänger|empfängerin|absender|ansprechpartner"
        "|ansprechpartnerin|antragsteller|antragstellerin|versicherungsnehmer|mieter|mieterin|vermieter|kollege"
        "|kollegin"
        "|chef|chefin|nachbar|nachbarin|anwalt|anwältin)(?: ist| heißt|:)?"
    ),
    greeted=(
        "ich bin|hier ist|hier spricht|das ist|es ist|liebe|lieber|hallo|hi|guten (?:tag|morgen|abend)|danke"
        "|tschüss|servus"
        "|grüß gott|sehr geehrter|sehr geehrte|(?:mit )?(?:freundlichen|besten|herzlichen|lieben|vielen) grüßen"
        "|viele grüße"
        "|liebe grüße|beste grüße|gruß|grüße|mfg|lg|vg|von|mit|an|für|frage|fragen sie|tochter|sohn|mann|frau|bruder"
        "|schwester|mutter|vater"
    ),
    said="mein name ist|ich heiße|ich heisse|heiße|gesprochen mit",
    born="geboren(?: am| wurde ich am)?|geb\\.(?: am)?|geburtsdatum|geburtstag|geb\\.-datum|geburtstag ist der",
    months="(?:jan|jän|feb|märz|mär|apr|mai|juni|juli|aug|sept?|okt|nov|dez)[a-zä]{0,6}\\.?",
    passwords=("passwort", "kennwort", "passwörter", "losungswort", "zugangscode"),
    no_password=frozenset(
        (
            "falsch richtig vergessen gesperrt abgelaufen ungültig gültig geändert ändern zurücksetzen "
            "zurückgesetzt pflicht erforderlich voraussetzung unbekannt verloren wichtig sicher unsicher "
            "optional notwendig leer bekannt gleich"
        ).split()
    ),
    pins=(
        "pin", "tan", "mtan", "smstan", "pushtan", "geheimzahl", "geheimnummer", "einmalcode", "einmalpasswort",
        "bestätigungscode", "otp",
    ),
    accounts=("kontonummer", "kontonr", "konto", "kto", "bankleitzahl", "blz", "depotnummer", "depot"),
    card_codes=("prüfziffer", "kartenprüfnummer", "prüfnummer", "sicherheitscode", "cvv", "cvc"),
    endings=(
        "endet auf", "endet mit", "endend auf", "endend mit", "auf endend", "letzten vier ziffern",
        "letzten 4 ziffern", "letzte vier ziffern", "letzte 4 ziffern", "endziffern",
    ),
    cards=("karte", "konto", "iban", "visa", "ziffern"),
    verbs="ist|lautet|war|sind|lauten|heißt|heisst",
    between=(
        r"nr|nummer|code|für|von|vom|zu|zum|zur|meine?[rsmn]?|ihre?[rsmn]?|der|die|das|des|den|"
        r"dem|karte|konto|kontos|neue?[rsmn]?|alte?[rsmn]?"
    ),
    phone=(
        "telefon|telefonnummer|tel|handy|handynummer|mobil|mobilnummer|mobiltelefon|rufnummer|nummer|festnetz|fax"
        "|faxnummer|durchwahl|erreichbar unter|erreichen unter|anrufen unter|rückruf unter"
        "|ruf mich(?: bitte)?(?: unter)? an"
    ),
    phones=((9, r"0\d{2,5}[ \-/]{1,3}\d{3,9}(?:[ \-]\d{1,5}){0,4}"), (10, r"01[5-7]\d{8,9}")),
    addresses=(
        (
            r"(?:[A-ZÄÖÜ][\w-]{0,30}(?:straße|strasse|str\.|gasse|weg|platz|allee|damm|ufer|ring|markt|chaussee|graben)"
            r"|(?:[A-ZÄÖÜ][\w-]{1,25} ){1,2}(?:Straße|Strasse|Str\.|Gasse|Weg|Platz|Allee|Damm|Ufer|Ring|Markt|Graben)"
            r"|(?:[Aa]m|[Aa]n de[rn]|[Aa]uf de[mr]|[Ii]m|[Ii]n der|[Uu]nter den|[Zz]u[mr]|[Hh]inter de[mr]|[Vv]or dem)"
            r"(?: [A-ZÄÖÜ][\w-]{2,30}){1,2}(?= \d{1,4} ?[a-z]?,?\s\d{5} [A-ZÄÖÜ]))"
            r" \d{1,4}(?: ?[a-z](?!\w)|-\d{1,3})?(?:,?\s(?:D-)?\d{4,5} [A-ZÄÖÜ][\w-]{1,30}"
            r"(?: (?:am|an der|im|ob der) [A-ZÄÖÜ][\w-]{1,20})?)?"
        ),
    ),
    official=(
        "DE_TAX_ID", "DE_SOCIAL_SECURITY", "DE_HEALTH_INSURANCE", "DE_ID_CARD", "DE_PASSPORT", "DE_FUEHRERSCHEIN",
        "DE_KFZ",
    ),
    cues={
        "DE_TAX_ID": (
            "steuer-id", "steuerid", "steueridentifikationsnummer", "steuerliche identifikationsnummer", "steuer-idnr",
            "idnr", "identifikationsnummer", "steuer id",
        ),
        "DE_SOCIAL_SECURITY": (
            "rentenversicherungsnummer", "sozialversicherungsnummer", "versicherungsnummer", "sv-nummer", "rvnr",
            "svnr",
        ),
        "DE_HEALTH_INSURANCE": (
            "krankenversicher", "krankenkasse", "versichertennummer", "kvnr", "gesundheitskarte", "versicherten-nr",
        ),
        "DE_ID_CARD": ("personalausweis", "ausweis", "perso ", "perso:", "identitätskarte"),
        "DE_PASSPORT": ("reisepass", "passnummer", "pass-nr"),
        "DE_FUEHRERSCHEIN": ("führerschein", "fahrerlaubnis"),
        "DE_KFZ": ("kennzeichen", "nummernschild"),
    },
    keys={
        "vorname": "PERSON", "nachname": "PERSON", "familienname": "PERSON", "geburtsname": "PERSON",
        "kundenname": "PERSON",
        "vollstandiger name": "PERSON", "ansprechpartner": "PERSON", "kontoinhaber": "PERSON",
        "karteninhaber": "PERSON",
        "telefon": "PHONE_NUMBER", "telefonnummer": "PHONE_NUMBER", "handy": "PHONE_NUMBER",
        "handynummer": "PHONE_NUMBER",
        "mobilnummer": "PHONE_NUMBER", "rufnummer": "PHONE_NUMBER", "geburtsdatum": "DATE_OF_BIRTH",
        "geburtstag": "DATE_OF_BIRTH", "strasse": "ADDRESS", "anschrift": "ADDRESS", "wohnanschrift": "ADDRESS",
        "hausnummer": "ADDRESS", "plz": "ADDRESS", "postleitzahl": "ADDRESS", "steuer id": "ID_NUMBER",
        "steuerid": "ID_NUMBER", "steueridentifikationsnummer": "ID_NUMBER", "steuernummer": "ID_NUMBER",
        "sozialversicherungsnummer": "ID_NUMBER", "versicherungsnummer": "ID_NUMBER", "ausweisnummer": "ID_NUMBER",
        "personalausweisnummer": "ID_NUMBER", "reisepassnummer": "ID_NUMBER", "kontonummer": "BANK_ACCOUNT",
        "kreditkartennummer": "CREDIT_CARD", "kartennummer": "CREDIT_CARD", "passwort": "SECRET", "kennwort": "SECRET",
        "emailadresse": "EMAIL_ADDRESS", "mailadresse": "EMAIL_ADDRESS", "kennzeichen": "ID_NUMBER",
    },
)  # fmt: skip
