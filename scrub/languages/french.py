"""French, as in France, Belgium and Switzerland."""

from scrub.languages.language import Language

FRENCH = Language(
    code="fr",
    common=frozenset(
        (
            "le la les de des du un une et est je vous nous il elle on que qui dans pour pas ne sur au aux avec "
            "ce cette "
            "ces mon ma mes votre vos notre nos son sa ses se suis sont a été avez ai plus par mais ou où comme "
            "être avoir "
            "fait bien très bonjour merci oui non si tout tous même moi lui leur y en quand comment pourquoi "
            "peut pouvez "
            "voudrais veuillez cordialement monsieur madame depuis sans cela"
        ).split()
    ),
    made=(
        "ment|ments|tion|tions|ance|ances|ence|ences|age|ages|ité|ités|aire|aires|ures?|euse|"
        "eurs|ières?|quier|iser|uer|ées?|épôt|crédit"
    ),
    titles="m|mr|mme|mlle|monsieur|madame|mademoiselle|dr|docteur|me|maître|pr|professeur",
    introduced=(
        "nom(?: est|:| complet est| de famille est)|m['’]appelle|s['’]appelle|appelée?|nommée?|prénommée?"
        "|parlé (?:à|avec)"
        "|signé(?: par|:)?|titulaire(?: de la carte| du compte)?:?|à l['’]attention de"
        "|(?:client|cliente|patient|patiente|salarié|salariée|employé|employée|destinataire|expéditeur|expéditrice"
        "|interlocuteur|collègue|locataire|voisin|voisine|avocat|avocate|passager|passagère)(?: est| s['’]appelle|:)?"
    ),
    greeted=(
        "je suis|c['’]est|ici|voici|bonjour|bonsoir|salut|chère?|merci|cordialement|bien à vous|bien cordialement"
        "|sincères salutations|à bientôt|au revoir|demandez à|avec|à|de|par|chez|mon mari|ma femme|mon fils"
        "|ma fille|mon frère"
        "|ma sœur|ma mère|mon père"
    ),
    said="je m['’]appelle|mon nom est|s['’]appelle",
    born="née?(?: le)?|date de naissance|naissance|anniversaire(?: est)?(?: le)?",
    months="(?:janv|févr|fev|mars|avr|mai|juin|juil|août|aout|sept?|oct|nov|déc)[a-zéû]{0,6}\\.?",
    passwords=("mot de passe", "mots de passe", "mdp"),
    no_password=frozenset(
        (
            "oublié perdu incorrect incorrecte erroné invalide valide expiré bloqué correct faux bon nécessaire "
            "requis obligatoire modifié changé réinitialisé inconnu vide"
        ).split()
    ),
    pins=(
        "pin", "code secret", "code confidentiel", "code de vérification", "code de confirmation",
        "code à usage unique", "otp",
    ),
    accounts=("numéro de compte", "n° de compte", "no de compte", "compte", "rib"),
    card_codes=("cryptogramme", "code de sécurité", "cvv", "cvc"),
    endings=("terminant par", "se termine par", "finissant par", "finit par", "derniers chiffres"),
    cards=("carte", "compte", "iban", "visa", "chiffres"),
    verbs="est|était|sont",
    between=(
        r"n°|no|numéro|code|visuel|de|du|des|pour|ma|mon|mes|la|le|les|votre|sa|son|carte|"
        r"compte|nouveau|nouvelle|ancien"
    ),
    phone=(
        "téléphone|tél|portable|mobile|fixe|numéro|fax|joindre au|joignable au|appelez(?:-moi)? au|appeler au"
        "|rappeler au"
        "|contacter au"
    ),
    phones=((10, r"0[1-9](?:[ .\-]\d{2}){4}"), (10, r"0[1-9]\d{8}")),
    addresses=(
        (
            r"\d{1,4}(?: ?(?:bis|ter|quater))?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Bb]d|[Pp]lace|[Cc]hemin|[Aa]llée"
            r"|[Ii]mpasse|[Rr]oute|[Qq]uai|[Cc]ours|[Ss]quare|[Pp]assage|[Cc]ité|[Ff]aubourg|[Ss]entier|[Rr]ésidence)"
            r"(?: [\w'’.-]{1,24}){1,6}?"
            r"(?=,|\.|;|\n|$| \d{5}| à | [-–] )"
            r"(?:,? ?[-–]? ?\d{5} [A-ZÉÈÀ][\w'’-]{1,30}(?: [A-ZÉÈÀ][\w'’-]{1,30}){0,3})?"
        ),
    ),
    official=("FR_NIR", "FR_PASSPORT", "FR_ID_CARD", "FR_DRIVER_LICENSE"),
    cues={
        "FR_NIR": ("sécurité sociale", "securite sociale", "numéro de sécu", "n° sécu", "nir", "carte vitale",
        "numéro insee"),
        "FR_PASSPORT": ("passeport",),
        "FR_ID_CARD": ("carte d'identité", "carte d’identité", "carte nationale", "cni", "pièce d'identité"),
        "FR_DRIVER_LICENSE": ("permis de conduire", "permis"),
    },
    keys={
        "prenom": "PERSON", "nom": "PERSON", "nom famille": "PERSON", "nom de famille": "PERSON",
        "nom complet": "PERSON",
        "nom client": "PERSON", "nom du client": "PERSON", "titulaire": "PERSON", "telephone": "PHONE_NUMBER",
        "numero telephone": "PHONE_NUMBER", "numero de telephone": "PHONE_NUMBER", "portable": "PHONE_NUMBER",
        "date naissance": "DATE_OF_BIRTH", "date de naissance": "DATE_OF_BIRTH", "naissance": "DATE_OF_BIRTH",
        "adresse": "ADDRESS", "adresse postale": "ADDRESS", "rue": "ADDRESS", "code postal": "ADDRESS",
        "numero securite sociale": "ID_NUMBER", "securite sociale": "ID_NUMBER", "nir": "ID_NUMBER",
        "numero passeport": "ID_NUMBER", "passeport": "ID_NUMBER", "courriel": "EMAIL_ADDRESS",
        "adresse mail": "EMAIL_ADDRESS", "adresse email": "EMAIL_ADDRESS", "adresse courriel": "EMAIL_ADDRESS",
        "numero compte": "BANK_ACCOUNT", "numero de compte": "BANK_ACCOUNT", "numero carte": "CREDIT_CARD",
        "numero de carte": "CREDIT_CARD", "carte bancaire": "CREDIT_CARD", "mot de passe": "SECRET",
        "mot passe": "SECRET",
        "mdp": "SECRET",
    },
)  # fmt: skip
