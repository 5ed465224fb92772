"""Numbers that belong to people: cards, accounts, identities, phones, addresses of machines. Pure.

Checksums are python-stdnum's. A number without one counts where the words before it say what it
is. Phone numbers have no checksum: what looks like one and is no date, price or order, is one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from stdnum import luhn
from stdnum.br import cpf
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.iso7064 import mod_97_10
from stdnum.it import codicefiscale
from stdnum.pl import pesel
from stdnum.se import personnummer

from supportapp.guardrails.spans import Span

BEFORE = 40
_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){11,18}(?![\w]|\.\d)")
_ISSUED = re.compile(r"[3-6]|2[1-7]|180")
_CARD_CUE = re.compile(
    r"\b(?:card|credit|debit|visa|master ?card|amex|karte\w*)\b|卡号|信用卡", re.IGNORECASE
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}\b", re.IGNORECASE)
_IBAN_CUE = re.compile(r"\biban\b", re.IGNORECASE)
_SSN = re.compile(r"(?<![\w-])\d{3}([- ])\d{2}\1\d{4}(?![\w-])")
_SSN_CUE = re.compile(r"\b(?:ssn|social security)\b", re.IGNORECASE)
_ID_CUE = re.compile(
    r"\b(?:ssn|social security|national (?:id|insurance)|passport|identity|id (?:card|number|no)|"
    r"tax (?:id|number)|driver'?s?'? licen[cs]e|licen[cs]e number|personal number|nhs|bsn|pesel|"
    r"cpf|dni|nie|nir|steuer\w*|ausweis\w*|personnummer|aadhaar|pan card)\b|身份证|护照",
    re.IGNORECASE,
)
_ID_TOKEN = re.compile(
    r"(?<![\w@.-])(?=[\w.-]*\d[\w.-]*\d)[A-Za-z0-9](?:[ .-]?[A-Za-z0-9]){5,19}\b"
)
_TOKEN = re.compile(r"(?<![\w@.])[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*(?![\w@])")
_NINO = re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:])[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]+(?![\w:])")
_VERSION_CUE = re.compile(r"\b(?:v|version|release|firmware|build|update)\W*$", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w.,/:-])(?:\+\s?|00)?\(?\d{1,5}\)?(?:[ .\-/]{0,2}\(?\d{1,6}\)?){1,7}"
    r"(?:\s?(?:x|ext\.?|extension|durchwahl)\s?\d{1,6})?(?![\w]|[.,]\d|[-/:]\d|\s?[€$£%])"
)
_PHONE_CUE = re.compile(
    r"\b(?:phone|call|tel|telephone|telefon\w*|mobile|cell|fax|desk|office|whats ?app|sms|text|"
    r"handy|ring|dial|reach|contact|my number|texts)\b|电话|手机|拨打|号码",
    re.IGNORECASE,
)
_OTHER_CUE = re.compile(
    r"\b(?:order|invoice|ticket|case|ref(?:erence)?|serial|tracking|part|article|item|booking|"
    r"error|code|model|version|amount|price|between|from|page|transaction|customer)"
    r"(?:[ _-]?(?:numbers?|no|nr|id|is|was|of))*[\s.:#]*$|订单\S{0,3}$|[€$£]\s*$",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2}))(?:[ T]\d.*)?"
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[ .,]\d{3})+")
_YEARS = re.compile(r"(?:19|20)\d\d\s?[-/]\s?(?:19|20)?\d\d")
FEWEST_DIGITS, MOST_DIGITS = 7, 15


def find(text: str) -> Iterator[Span]:
    """Yield where such a number stands, the surest kinds first."""
    yield from _ibans(text)
    yield from _cards(text)
    yield from _identities(text)
    yield from _machines(text)
    yield from _phones(text)


def _before(text: str, start: int) -> str:
    return text[max(0, start - BEFORE) : start]


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        if end := _iban_end(text, match):
            yield Span("IBAN", match.start(), end)
        elif _IBAN_CUE.search(_before(text, match.start())):
            yield Span("IBAN", match.start(), match.end())


def _iban_end(text: str, match: re.Match[str]) -> int:
    """Where an account number ends that words may follow; 0 where there is none."""
    for end in range(match.end(), match.start() + 14, -1):
        whole = end == len(text) or not text[end].isalnum()
        candidate = text[match.start() : end]
        bare = re.sub(r"[ -]", "", candidate).upper()
        # Some states' own rules are older than their accounts; the checksum is the same for all.
        if whole and text[end - 1].isalnum() and mod_97_10.is_valid(bare[4:] + bare[:4]):
            return end
    return 0


def _cards(text: str) -> Iterator[Span]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        named = _CARD_CUE.search(_before(text, match.start()))
        if (luhn.is_valid(digits) and _ISSUED.match(digits)) or named:
            yield Span("CARD", match.start(), match.end())


def _identities(text: str) -> Iterator[Span]:
    for match in _SSN.finditer(text):
        if match[1] == "-" or _SSN_CUE.search(_before(text, match.start())):
            yield Span("ID", match.start(), match.end())
    for match in _NINO.finditer(text):
        yield Span("ID", match.start(), match.end())
    for match in _TOKEN.finditer(text):
        if _is_identity(match[0]):
            yield Span("ID", match.start(), match.end())
    for match in _ID_TOKEN.finditer(text):
        if _ID_CUE.search(_before(text, match.start())):
            yield Span("ID", match.start(), match.end())


def _is_identity(token: str) -> bool:
    """Say whether a token's own shape and checksum make it one, without a word of what it is."""
    bare = token.replace("-", "").replace(".", "").upper()
    if len(bare) == 9 and not bare.isdigit():
        return dni.is_valid(bare) or nie.is_valid(bare)
    if len(bare) == 16 and not bare.isdigit():
        return codicefiscale.is_valid(bare)
    if len(bare) == 18:
        return ric.is_valid(bare)
    if len(bare) == 15 and bare.isdigit():
        return nir.is_valid(bare)
    if re.fullmatch(r"\d{3}\.\d{3}\.\d{3}-\d{2}", token):
        return cpf.is_valid(token)
    if re.fullmatch(r"(?:\d{2})?\d{6}-\d{4}", token):
        return personnummer.is_valid(token)
    if len(bare) == 11 and bare.isdigit():
        return pesel.is_valid(bare) or idnr.is_valid(bare)
    return False


def _machines(text: str) -> Iterator[Span]:
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            if _VERSION_CUE.search(_before(text, match.start())):
                continue
            number = match[0].rstrip(".")
            try:
                address = ipaddress.ip_address(number)
            except ValueError:
                continue
            if address.version == 4 or len(number) > 4:
                yield Span("IP", match.start(), match.start() + len(number))


def _phones(text: str) -> Iterator[Span]:
    for match in _PHONE.finditer(text):
        number = match[0].strip()
        main = re.split(r"(?i)x|ext|durchwahl", number)[0]
        digits = sum(each.isdigit() for each in main)
        if not FEWEST_DIGITS <= digits <= MOST_DIGITS:
            continue
        if _is_phone(number, _before(text, match.start())):
            yield Span("PHONE", match.start(), match.start() + len(match[0].rstrip()))


def _is_phone(number: str, before: str) -> bool:
    if _DATE.fullmatch(number) or _YEARS.fullmatch(number):
        return False
    if _PHONE_CUE.search(before):
        return True
    if number.startswith(("+", "00", "(")):
        return True
    if _OTHER_CUE.search(before):
        return False
    if _GROUPED.fullmatch(number):
        return False
    # Bare digits may be anything; a trunk zero or separators make them a phone number.
    separated = re.search(r"\d[ .\-/()]+\d", number) is not None
    return separated or 9 <= len(number) <= 12
