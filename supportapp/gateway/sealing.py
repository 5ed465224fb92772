"""Secrets at rest: encrypted with keys derived from SECRET_KEY, opened only to be sent.

A new SECRET_KEY goes to the front, the old ones to SECRET_KEY_FALLBACKS: what they sealed stays
readable, and `manage.py rotate_keys` seals it anew.
"""

from __future__ import annotations

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"supportapp.gateway.sealing"


class Unreadable(Exception):
    """It was sealed under a SECRET_KEY that isn't known any more."""


def seal(secret: str) -> str:
    """Return the secret encrypted; empty stays empty."""
    return _box().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """Return the secret; raises Unreadable."""
    if not sealed:
        return ""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def reseal(sealed: str) -> str:
    """Return it encrypted with the newest key; raises Unreadable."""
    if not sealed:
        return ""
    try:
        return _box().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([_key(each) for each in keys])


@cache
def _key(secret_key: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=_PURPOSE)
    return Fernet(base64.urlsafe_b64encode(derived.derive(secret_key.encode())))
