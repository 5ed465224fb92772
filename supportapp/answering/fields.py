"""Form fields for what people type: cleaned before it is checked, refused in plain words."""

from __future__ import annotations

from typing import Any

from django import forms

from supportapp.guardrails import entrance

STALE = "This page is out of date. Reload it, then send it again."


class PlainText(forms.CharField):
    """Text without characters that nobody can see, whatever was pasted."""

    default_error_messages = {
        "max_length": "This can have %(limit_value)d characters; it has %(show_value)d.",
    }

    def to_python(self, value: Any) -> str:
        """Clean first: what isn't seen can't be missing, and can't make a text too long."""
        text = "" if value in self.empty_values else entrance.clean(str(value))
        return str(super().to_python(text))


class PlainEmail(PlainText, forms.EmailField):
    """An e-mail address, cleaned likewise."""


class PageId(forms.UUIDField):
    """An id that the page made. Nobody types it, so nobody can mend it."""

    default_error_messages = {"required": STALE, "invalid": STALE}
