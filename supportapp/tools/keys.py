"""Keys of declared APIs: encrypted at rest, read only to be sent, never shown again."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from supportapp.tools.models import ApiDescription
from supportapp.tools.values import ToolRefused


def seal(api: ApiDescription, key: str) -> None:
    """Put a key into an API; the caller saves. An empty one takes it out."""
    api.key_encrypted = _box().encrypt(key.encode()).decode() if key else ""


def reveal(api: ApiDescription) -> str:
    """Return an API's key; empty where it needs none."""
    if not api.key_encrypted:
        return ""
    try:
        return _box().decrypt(api.key_encrypted.encode()).decode()
    except InvalidToken:
        # SECRET_KEY was changed since: staff have to give the key again.
        raise ToolRefused("key_unreadable") from None


def _box() -> Fernet:
    secret = hashlib.sha256(b"supportapp.tools.keys:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(secret))
