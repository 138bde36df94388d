"""Spanish, first as in Spain."""

from scrub.languages.language import Language

SPANISH = Language(
    code="es",
    common=frozenset(
        (
            "el la los las de del un una y es que en por para con no se su sus mi mis lo al me le les yo usted "
            "ustedes él "
            "ella nos está son soy era ha he han muy más pero como o si ya este esta estos estas eso esto todo "
            "cuando donde "
            "cómo qué quién hola gracias sí tengo tiene puede puedo quiero quisiera fue ser estar hay desde "
            "hasta sobre "
            "entre sin también porque buenos días"
        ).split()
    ),
    made=(
        "ción|ciones|dad|dades|miento|mientos|encia|encias|ancia|ancias|ario|arios|aria|arias|"
        "ados?|adas?|idos?|idas?|ura|uras|ible|able|ito|itos"
    ),
    titles="sr|sra|srta|señor|señora|señorita|don|doña|dr|dra|doctor|doctora|prof|profesor|profesora",
    introduced=(
        "nombre(?: es| completo es|:)|me llamo|se llama|llamad[oa]|hablé con|hablado con|hablar con|firmado(?: por|:)?"
        "|titular(?: de la tarjeta| de la cuenta)?(?: es|:)?|a la atención de"
        "|(?:cliente|clienta|paciente|empleado|empleada|destinatario|destinataria|remitente|compañero|compañera|vecino"
        "|vecina|abogado|abogada|pasajero|pasajera|inquilino|inquilina)(?: es| se llama|:)?"
    ),
    greeted=(
        "soy|aquí|habla|le habla|hola|buenos días|buenas tardes|buenas noches|estimad[oa]|querid[oa]|gracias|saludos"
        "|un saludo|atentamente|cordialmente|adiós|pregunte por|con|a|de|por|para|mi marido|mi mujer|mi esposa"
        "|mi hijo|mi hija"
        "|mi hermano|mi hermana|mi madre|mi padre"
    ),
    said="me llamo|mi nombre es|se llama",
    born="nac(?:í|ió|id[oa])(?: el)?|fecha de nacimiento|nacimiento|cumpleaños(?: es)?(?: el)?",
    months=(
        "(?:de )?(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sept?iembre|octubre|noviembre|diciembre)"
        "(?: del?)?"
    ),
    passwords=("contraseña", "contrasena", "clave", "palabra clave"),
    no_password=frozenset(
        (
            "incorrecta incorrecto olvidada olvidado perdida correcta válida inválida bloqueada caducada "
            "expirada obligatoria necesaria requerida cambiada restablecida secreta nueva errónea desconocida"
        ).split()
    ),
    pins=("pin", "clave", "código secreto", "código de verificación", "código de confirmación", "otp"),
    accounts=("número de cuenta", "cuenta", "cta"),
    card_codes=("código de seguridad", "cvv", "cvc"),
    endings=(
        "terminada en", "terminado en", "termina en", "acaba en", "acabada en", "últimos cuatro dígitos",
        "últimos 4 dígitos", "últimas cuatro cifras", "últimas 4 cifras",
    ),
    cards=("tarjeta", "cuenta", "iban", "visa", "dígitos", "cifras"),
    verbs="es|era|son",
    between=(
        r"n[.ºo°]|número|código|secreta|de|del|para|mi|mis|la|el|los|su|tarjeta|cuenta|nueva|"
        r"nuevo|antigua"
    ),
    phone=(
        "teléfono|telefono|tel|tfno|tlf|móvil|movil|celular|fijo|fax|número|llamar al|llámeme al|llámame al"
        "|contactar al"
        "|whatsapp"
    ),
    phones=(
        (9, r"[6-9]\d{2}[ .\-]\d{3}[ .\-]\d{3}"), (9, r"[6-9]\d{2}(?:[ .\-]\d{2}){3}"), (9,
        r"9\d[ .\-]\d{3}(?:[ .\-]\d{2}){2}"),
    ),
    addresses=(
        (
            r"(?:[Cc]alle|[Cc]/|[Aa]venida|[Aa]vda\.?|[Aa]v\.|[Pp]laza|[Pp]za\.?|[Pp]aseo|[Cc]amino|[Cc]arretera|[Rr]onda"
            r"|[Tt]ravesía|[Uu]rbanización|[Pp]asaje|[Gg]lorieta)"
            r"(?: (?:de|del|la|las|los|el|[A-ZÁÉÍÓÚÑ][\w'’-]{1,24})){1,6},? ?(?:n[.º°]{0,2} ?|número )?\d{1,4}"
            r"(?:,? ?\d{1,2}[.ºª°]{1,2} ?(?:[A-Z]|izq\w{0,6}\.?|dcha?\.?|derecha|\d{1,2}[ªº])?)?"
            r"(?:,? ?\d{5} [A-ZÁÉÍÓÚÑ][\w'’-]{1,30}(?: [A-ZÁÉÍÓÚÑ][\w'’-]{1,30}){0,2})?"
        ),
    ),
    official=("ES_NIF", "ES_NIE", "ES_PASSPORT"),
    cues={
        "ES_NIF": ("dni", "nif", "documento nacional", "d.n.i", "identificación"),
        "ES_NIE": ("nie", "n.i.e", "extranjero", "identificación"),
        "ES_PASSPORT": ("pasaporte",),
    },
    keys={
        "nombre": "PERSON", "apellido": "PERSON", "apellidos": "PERSON", "nombre completo": "PERSON",
        "nombre cliente": "PERSON", "nombre del cliente": "PERSON", "titular": "PERSON", "telefono": "PHONE_NUMBER",
        "numero telefono": "PHONE_NUMBER", "numero de telefono": "PHONE_NUMBER", "movil": "PHONE_NUMBER",
        "celular": "PHONE_NUMBER", "fecha nacimiento": "DATE_OF_BIRTH", "fecha de nacimiento": "DATE_OF_BIRTH",
        "nacimiento": "DATE_OF_BIRTH", "direccion": "ADDRESS", "domicilio": "ADDRESS", "calle": "ADDRESS",
        "codigo postal": "ADDRESS", "dni": "ID_NUMBER", "nif": "ID_NUMBER", "nie": "ID_NUMBER",
        "pasaporte": "ID_NUMBER",
        "numero pasaporte": "ID_NUMBER", "correo": "EMAIL_ADDRESS", "correo electronico": "EMAIL_ADDRESS",
        "numero cuenta": "BANK_ACCOUNT", "numero de cuenta": "BANK_ACCOUNT", "numero tarjeta": "CREDIT_CARD",
        "numero de tarjeta": "CREDIT_CARD", "contrasena": "SECRET", "clave secreta": "SECRET",
    },
)  # fmt: skip
