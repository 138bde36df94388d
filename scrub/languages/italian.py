"""Italian."""

from scrub.languages.language import Language

ITALIAN = Language(
    code="it",
    common=frozenset(
        (
            "il lo la i gli le di del della dei delle un una e è che in per con non si mi ti ci su al alla da "
            "dal dalla io "
            "lei lui noi voi loro mio mia miei sono ho ha hanno era come più ma o se anche questo questa questi quello "
            "quella tutto quando dove perché chi cosa ciao grazie sì buongiorno buonasera vorrei posso può "
            "essere stato "
            "stata fare molto bene prego nel nella sul sulla ed nostro vostra suo sua"
        ).split()
    ),
    made=(
        "zione|zioni|mento|menti|tà|anza|anze|enza|enze|ario|arie|ati|ata|ate|ato|uto|ito|ura|"
        "ure|bile|fico|fici|ttino"
    ),
    titles=(
        "sig|sig\\.ra|signor|signora|signorina|dott|dott\\.ssa|dottor|dottore|dottoressa|ing|avv|avvocato|prof"
        "|prof\\.ssa|professore|professoressa"
    ),
    introduced=(
        "nome(?: è|:| completo è)|mi chiamo|si chiama|chiamat[oa]|parlato con|parlare con|firmato(?: da|:)?"
        "|intestatari[oa](?: della carta| del conto)?:?|titolare(?: della carta| del conto)?:?|alla c\\.a\\. di"
        "|all['’]attenzione di"
        "|(?:cliente|paziente|dipendente|destinatario|destinataria|mittente|collega|vicino|vicina|inquilino|inquilina"
        "|passeggero|passeggera)(?: è| si chiama|:)?"
    ),
    greeted=(
        "sono|qui|ciao|salve|buongiorno|buonasera|buon giorno|gentile|car[oa]|egregio|grazie|cordiali saluti"
        "|distinti saluti"
        "|saluti|arrivederci|chieda di|con|a|di|da|per|mio marito|mia moglie|mio figlio|mia figlia|mio fratello"
        "|mia sorella"
        "|mia madre|mio padre"
    ),
    said="mi chiamo|il mio nome è|si chiama",
    born="nat[oa](?: il| a [^\\W\\d_]{2,20} il)?|data di nascita|nascita|compleanno(?: è)?(?: il)?",
    months="(?:gen|feb|mar|apr|mag|giu|lug|ago|set|ott|nov|dic)[a-z]{0,6}\\.?",
    passwords=("password", "parola chiave", "parola d'ordine", "passphrase"),
    no_password=frozenset(
        (
            "errata errato dimenticata sbagliata corretta valida scaduta bloccata obbligatoria necessaria "
            "richiesta cambiata reimpostata sconosciuta nuova"
        ).split()
    ),
    pins=(
        "pin", "codice segreto", "codice di verifica", "codice di conferma", "codice dispositivo", "otp",
    ),
    accounts=("numero di conto", "conto corrente", "conto", "c/c"),
    card_codes=("codice di sicurezza", "cvv", "cvc"),
    endings=(
        "finisce con", "finisce per", "termina con", "termina per", "terminante con", "terminante per",
        "che termina in", "ultime quattro cifre", "ultime 4 cifre",
    ),
    cards=("carta", "conto", "iban", "visa", "cifre"),
    verbs="è|era|sono",
    between=(
        r"n[.°]|nr|numero|codice|di|del|della|per|mia|mio|la|il|le|sua|suo|carta|conto|nuova|"
        r"nuovo|vecchia"
    ),
    phone=(
        "telefono|tel|cellulare|cell|fisso|fax|numero|recapito|chiamare al|chiamarmi al|contattare al|contattarmi al"
        "|raggiungibile al"
    ),
    phones=((9, r"3\d{2}[ .\-/]\d{3}[ .\-]?\d{3,4}"), (9, r"3\d{2}[ .\-/]\d{2}[ .\-]\d{2}[ .\-]\d{2,3}"), (8,
    r"0\d{1,3}[ .\-/]\d{4,8}")),
    addresses=(
        (
            r"(?:[Vv]ia|[Vv]iale|[Pp]iazza|[Pp]iazzale|[Cc]orso|[Vv]icolo|[Ll]argo|[Ll]ungomare|[Ss]trada|[Cc]ontrada)"
            r"(?: (?:di|del|della|dei|delle|degli|la|il|[A-ZÀÈÉÌÒÙ][\w'’-]{0,24})){1,6},? ?(?:n[.°]{0,2} ?)?\d{1,4}"
            r"(?:/?[A-Za-z](?!\w))?"
            r"(?:,? ?[-–]? ?\d{5} [A-ZÀÈÉÌÒÙ][\w'’-]{1,30}(?: [A-ZÀÈÉÌÒÙ][\w'’-]{1,30}){0,2}(?: \([A-Z]{2}\))?)?"
        ),
    ),
    official=("IT_FISCAL_CODE", "IT_DRIVER_LICENSE", "IT_PASSPORT", "IT_IDENTITY_CARD"),
    cues={
        "IT_DRIVER_LICENSE": ("patente",),
        "IT_PASSPORT": ("passaporto",),
        "IT_IDENTITY_CARD": ("carta d'identità", "carta d’identità", "carta di identità", "carta identità",
        "documento"),
        "IT_FISCAL_CODE": ("codice fiscale", "c.f."),
    },
    keys={
        "cognome": "PERSON", "nome": "PERSON", "nome completo": "PERSON", "nome cliente": "PERSON",
        "intestatario": "PERSON",
        "titolare": "PERSON", "cellulare": "PHONE_NUMBER", "numero telefono": "PHONE_NUMBER",
        "recapito": "PHONE_NUMBER",
        "data nascita": "DATE_OF_BIRTH", "data di nascita": "DATE_OF_BIRTH", "nascita": "DATE_OF_BIRTH",
        "indirizzo": "ADDRESS", "residenza": "ADDRESS", "codice postale": "ADDRESS", "codice fiscale": "ID_NUMBER",
        "codicefiscale": "ID_NUMBER", "passaporto": "ID_NUMBER", "patente": "ID_NUMBER", "carta identita": "ID_NUMBER",
        "posta elettronica": "EMAIL_ADDRESS", "indirizzo email": "EMAIL_ADDRESS", "numero conto": "BANK_ACCOUNT",
        "numero carta": "CREDIT_CARD",
    },
)  # fmt: skip
