"""Seeded letters of customers in five languages, with the places of what is personal in them.

Names and streets are common ones of each country; no list of the scrubber was asked for them.
"""

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.labelled import Label, Labelled
from scrub.official_abroad import _ODD_PLACES, is_bsn

PEOPLE = {
    "de": "Anna Schmidt,Jürgen Müller,Heike Wagner,Wolfgang Hoffmann,Sabine Krüger,Uwe Zimmermann,Katrin Vogel,"
    "Thomas von Bergen,Ayşe Yılmaz,Lukas Huber,Ingrid Schäfer,Dieter Köhler,Renate Brandt,Florian Lehmann",
    "fr": "Camille Dubois,Jean-Pierre Lefèvre,Amélie Moreau,Thierry Girard,Chloé Fontaine,Mathieu Rousseau,"
    "Nadia Benali,Élodie Mercier,Guillaume Faure,Sandrine Chevalier,Yannick Le Goff,Océane Perrin",
    "es": "María García López,José Antonio Fernández,Lucía Martínez,Javier Ruiz Moreno,Carmen Ortega,Íñigo Etxeberria,"
    "Pilar Navarro,Sergio Domínguez,Rocío Vázquez,Álvaro Castillo,Montserrat Puig,Diego Romero",
    "it": "Giulia Rossi,Marco Bianchi,Francesca Esposito,Alessandro Ricci,Chiara De Luca,Giuseppe Ferrara,Elena Conti,"
    "Matteo Gallo,Silvia Marchetti,Salvatore Greco,Ilaria Fontana,Davide Lombardi",
    "nl": "Sanne de Vries,Daan van den Berg,Femke Bakker,Willem Janssen,Lotte Visser,Jeroen Smit,Anouk van Dijk,"
    "Bram Mulder,Marieke Bos,Thijs Hendriks,Fatima El Idrissi,Pieter Dekker",
}
ADDRESSES = {
    "de": "Hauptstraße 12|Lindenweg 7a|Am Alten Markt 3, 50667 Köln|Goethestr. 45, 80336 München|Berliner Allee 101",
    "fr": "12 rue de la République|8 bis, avenue Victor Hugo, 69003 Lyon|45 boulevard Saint-Michel, 75006 Paris"
    "|3 impasse des Lilas",
    "es": "Calle Mayor 14|Avenida de la Constitución, 8, 3º B|Paseo de Gracia 92, 08008 Barcelona|C/ Alcalá 25",
    "it": "Via Garibaldi 15|Corso Vittorio Emanuele II, 22|Piazza della Repubblica 4, 50123 Firenze"
    "|Viale Europa, 101/A",
    "nl": "Kerkstraat 18|Prinsengracht 263, 1016 GV Amsterdam|Lange Voorhoutweg 4a|Dorpsplein 9, 3511 AB Utrecht",
}
PHONES = {
    "de": "030 901820|0171 2345678|+49 171 2345678|089/1234567|01712345678",
    "fr": "06 12 34 56 78|01.42.68.53.00|+33 6 12 34 56 78|0612345678",
    "es": "612 345 678|91 123 45 67|+34 612 345 678|654 32 10 98",
    "it": "333 1234567|06 12345678|+39 333 1234567|347 123 4567",
    "nl": "06-12345678|020-1234567|+31 6 12345678|0612345678",
}
BORN = {"de": "12.03.1985|3. März 1979", "fr": "12/03/1985|3 mars 1979", "es": "12/03/1985|3 de marzo de 1979",
        "it": "12/03/1985|3 marzo 1979", "nl": "12-03-1985|3 maart 1979"}  # fmt: skip
SENTENCES = {
    "de": [
        "Guten Tag, mein Name ist {name} und ich habe eine Frage zu meiner Rechnung.",
        "Sehr geehrte Damen und Herren, ich wohne in der {address} und brauche eine neue Karte.",
        "Sie erreichen mich unter {phone}, am besten nach 18 Uhr.",
        "Ich bin geboren am {born}, meine Steuer-ID ist {official}.",
        "Gestern habe ich mit {name} gesprochen, der mir aber nicht helfen konnte.",
        "Bitte schicken Sie die Unterlagen an {name}, {address}.",
        "Meine Handynummer lautet {phone}. Viele Grüße\n{name}",
        "Herr {last} hat mir den Vertrag geschickt, und die Bank hat noch nicht geantwortet.",
        "Könnten Sie die Überweisung von meinem Konto auf das Sparkonto prüfen, bitte?",
        "Die Versicherung deckt den Schaden nicht, weil die Frist schon abgelaufen ist.",
        "Der Kundendienst hat die Bestellung storniert, obwohl das Paket unterwegs war.",
    ],
    "fr": [
        "Bonjour, je m'appelle {name} et j'ai une question sur ma facture.",
        "Madame, Monsieur, j'habite au {address} et je voudrais changer de carte.",
        "Vous pouvez me joindre au {phone}, de préférence le soir.",
        "Je suis né le {born}, mon numéro de sécurité sociale est {official}.",
        "Hier j'ai parlé avec {name}, qui n'a pas pu m'aider.",
        "Merci d'envoyer les documents à {name}, {address}.",
        "Mon portable est le {phone}. Cordialement,\n{name}",
        "Madame {last} m'a envoyé le contrat et la banque n'a pas encore répondu.",
        "Pourriez-vous vérifier le virement de mon compte vers mon livret, s'il vous plaît ?",
        "Quand est-ce que le remboursement sera effectué sur ma carte ?",
        "L'assurance ne couvre pas le dommage parce que le délai est dépassé.",
    ],
    "es": [
        "Hola, me llamo {name} y tengo una pregunta sobre mi factura.",
        "Buenos días, vivo en la {address} y quiero una tarjeta nueva.",
        "Me pueden llamar al {phone}, mejor por la tarde.",
        "Nací el {born}, mi DNI es {official}.",
        "Ayer hablé con {name}, que no me pudo ayudar.",
        "Por favor, envíen los documentos a {name}, {address}.",
        "Mi móvil es el {phone}. Un saludo,\n{name}",
        "La señora {last} me mandó el contrato y el banco todavía no ha contestado.",
        "¿Podrían comprobar la transferencia de mi cuenta a la cuenta de ahorro, por favor?",
        "El seguro no cubre el daño porque el plazo ya ha pasado.",
        "Quiero cambiar mi vuelo de mañana porque mi hija está enferma.",
    ],
    "it": [
        "Buongiorno, mi chiamo {name} e ho una domanda sulla mia fattura.",
        "Salve, abito in {address} e vorrei una carta nuova.",
        "Potete chiamarmi al {phone}, meglio di sera.",
        "Sono nato il {born}, il mio codice fiscale è {official}.",
        "Ieri ho parlato con {name}, che non ha potuto aiutarmi.",
        "Si prega di inviare i documenti a {name}, {address}.",
        "Il mio cellulare è {phone}. Cordiali saluti,\n{name}",
        "La signora {last} mi ha mandato il contratto e la banca non ha ancora risposto.",
        "Potreste controllare il bonifico dal mio conto al conto di risparmio, per favore?",
        "L'assicurazione non copre il danno perché il termine è già scaduto.",
        "Vorrei cambiare il mio volo di domani perché mia figlia è malata.",
    ],
    "nl": [
        "Goedemiddag, mijn naam is {name} en ik heb een vraag over mijn factuur.",
        "Hallo, ik woon op {address} en ik wil graag een nieuwe pas.",
        "U kunt mij bereiken op {phone}, het liefst in de avond.",
        "Ik ben geboren op {born}, mijn BSN is {official}.",
        "Gisteren heb ik gesproken met {name}, die mij niet kon helpen.",
        "Stuur de documenten naar {name}, {address}.",
        "Mijn mobiele nummer is {phone}. Met vriendelijke groet,\n{name}",
        "Mevrouw {last} heeft mij het contract gestuurd en de bank heeft nog niet geantwoord.",
        "Kunt u de overschrijving van mijn rekening naar de spaarrekening controleren, alstublieft?",
        "De verzekering dekt de schade niet omdat de termijn al voorbij is.",
        "Ik wil mijn vlucht van morgen wijzigen omdat mijn dochter ziek is.",
    ],
}  # fmt: skip
TYPES = {"name": "PERSON", "last": "PERSON", "address": "ADDRESS", "phone": "PHONE_NUMBER", "born": "DATE_OF_BIRTH",
         "official": "ID_NUMBER"}  # fmt: skip


def tax_id(chance: random.Random) -> str:
    """Germany's: one digit twice, ISO 7064 modulo 11, 10."""
    digits = chance.sample("123456789", 9)
    digits.insert(chance.randrange(1, 9), digits[0])
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return "".join(digits) + str((11 - product) % 10)


def nir(chance: random.Random) -> str:
    """France's, with its key."""
    body = f"{chance.choice('12')}{chance.randrange(40, 99)}{chance.randrange(1, 13):02}{chance.randrange(10, 95)}"
    body += f"{chance.randrange(1, 990):03}{chance.randrange(1, 999):03}"
    key = 97 - int(body) % 97
    return f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:13]} {key:02}"


def dni(chance: random.Random) -> str:
    """Spain's, with its letter."""
    number = chance.randrange(10_000_000, 99_999_999)
    return f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def fiscal_code(chance: random.Random) -> str:
    """Italy's, with its last letter."""
    consonants = "BCDFGLMNPRSTV"
    body = "".join(chance.choices(consonants, k=6)) + f"{chance.randrange(40, 99)}{chance.choice('ABCDEHLMPRST')}"
    body += f"{chance.randrange(1, 29):02}{chance.choice('ABCDEFGHL')}{chance.randrange(100, 999)}"
    total = sum(_ODD_PLACES[c] for c in body[0:15:2])
    total += sum(int(c) if c.isdigit() else ord(c) - 65 for c in body[1:15:2])
    return body + string.ascii_uppercase[total % 26]


def bsn(chance: random.Random) -> str:
    """The Netherlands', by trying."""
    while not is_bsn(said := str(chance.randrange(100_000_000, 999_999_999))):
        pass
    return said


OFFICIAL: dict[str, Callable[[random.Random], str]] = {
    "de": tax_id, "fr": nir, "es": dni, "it": fiscal_code, "nl": bsn,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes letters of one language."""

    language: str
    seed: int = 7

    def written(self, many: int) -> Iterator[Labelled]:
        """So many sentences, labelled."""
        chance = random.Random(self.seed)  # noqa: S311  repeatable
        sentences = SENTENCES[self.language]
        for number in range(many):
            yield self._filled(sentences[number % len(sentences)], chance, str(number))

    def _filled(self, sentence: str, chance: random.Random, trace: str) -> Labelled:
        text, labels = "", list[Label]()
        for words, field, _, _ in string.Formatter().parse(sentence):
            text += words
            if field:
                value = self._value(field, chance)
                labels.append(Label(len(text), len(text) + len(value), TYPES[field]))
                text += value
        return Labelled(text, tuple(labels), trace, "prose")

    def _value(self, field: str, chance: random.Random) -> str:
        if field in {"name", "last"}:
            name = chance.choice(PEOPLE[self.language].split(","))
            return name if field == "name" else name.split()[-1]
        if field == "official":
            return OFFICIAL[self.language](chance)
        return chance.choice({"address": ADDRESSES, "phone": PHONES, "born": BORN}[field][self.language].split("|"))
