"""English. Its names, phones and addresses are the rules themselves; here is what its countries number people with."""

from scrub.languages.language import Language

ENGLISH = Language(
    code="en",
    common=frozenset(
        (
            "a the of and to in is am that it for was on are with as i his they be at one have this from or had by "
            "but some what there we can out other were all your when up use how said an each she which do their "
            "if will way about many then them would so these her him has more could my than been who its now did "
            "get you he me not please thanks hello hi yes no any our should does just here why where because very "
            "also may"
        ).split()
    ),
    passwords=("password", "passcode", "passphrase"),
    no_password=frozenset("wrong incorrect expired forgotten required locked invalid mandatory reset changed".split()),
    pins=(
        "pin", "otp", "one-time code", "one time code", "one-time password", "one time password",
        "one-time passcode", "verification code",
    ),
    endings=("last four", "last 4"),
    cards=("card", "account", "digits", "visa", "mastercard"),
    verbs="is|was|are|were|reads",
    between=(
        "number|no|num|code|for|of|to|on|my|the|this|your|our|his|her|card|account|new|old|debit|credit|digits|online|"
        "banking|login|app"
    ),
    official=(
        "US_PASSPORT", "US_ITIN", "US_DRIVER_LICENSE", "US_MBI", "MEDICAL_LICENSE", "ABA_ROUTING_NUMBER", "UK_NHS",
        "UK_NINO", "UK_PASSPORT", "UK_DRIVING_LICENCE", "CA_SIN", "AU_TFN", "AU_MEDICARE", "IN_AADHAAR", "IN_PAN",
        "IN_PASSPORT", "IN_VOTER", "SG_NRIC_FIN",
    ),
    cues={
        "US_PASSPORT": ("passport",),
        "US_ITIN": ("itin", "taxpayer id", "tax id", "taxpayer identification"),
        "US_DRIVER_LICENSE": (
            "driver license", "driver's license", "drivers license", "driver’s license", "driving license",
            "driver licence", "dl number", "dl#", "dl:",
        ),
        "US_MBI": ("medicare", "mbi"),
        "MEDICAL_LICENSE": ("dea number", "dea no", "dea #", "dea:", "dea registration", "medical license",
        "medical licence"),
        "ABA_ROUTING_NUMBER": ("routing", "aba number", "aba:"),
        "UK_NHS": ("nhs", "national health"),
        "UK_NINO": ("national insurance", "nino", "ni number"),
        "UK_PASSPORT": ("passport",),
        "UK_DRIVING_LICENCE": ("driving licence", "driver's licence", "dvla"),
        "CA_SIN": ("social insurance", "sin number", "sin:", "sin is", "sin #"),
        "AU_TFN": ("tfn", "tax file"),
        "AU_MEDICARE": ("medicare",),
        "IN_AADHAAR": ("aadhaar", "aadhar", "uidai"),
        "IN_PAN": ("pan card", "pan number", "pan no", "pan ", "pan:", "permanent account number"),
        "IN_PASSPORT": ("passport",),
        "IN_VOTER": ("voter", "epic number"),
        "SG_NRIC_FIN": ("nric", "fin number", "fin:"),
    },
    keys={
        "nric": "ID_NUMBER", "aadhaar": "ID_NUMBER", "aadhaar number": "ID_NUMBER", "pan number": "ID_NUMBER",
        "tax file number": "ID_NUMBER", "tfn": "ID_NUMBER", "social insurance number": "ID_NUMBER",
        "medicare number": "ID_NUMBER", "medicare id": "ID_NUMBER", "dea number": "ID_NUMBER",
        "driving licence": "ID_NUMBER",
        "aba number": "BANK_ACCOUNT", "voter id": "ID_NUMBER",
    },
)  # fmt: skip
