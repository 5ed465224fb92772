"""Keys of declared APIs: encrypted at rest, read only to be sent, never shown again."""

from __future__ import annotations

from supportapp.gateway import sealing
from supportapp.tools.models import ApiDescription
from supportapp.tools.values import ToolRefused


def seal(api: ApiDescription, key: str) -> None:
    """Put a key into an API; the caller saves. An empty one takes it out."""
    api.key_encrypted = sealing.seal(key)


def reveal(api: ApiDescription) -> str:
    """Return an API's key; empty where it needs none."""
    try:
        return sealing.unseal(api.key_encrypted)
    except sealing.Unreadable:
        # SECRET_KEY was changed since: staff have to give the key again.
        raise ToolRefused("key_unreadable") from None
