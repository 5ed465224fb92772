"""What templates need: icons of the sprite, whose help this is, the language of a text."""

import re
from typing import Any
from uuid import UUID, uuid4

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from supportapp.conversations.models import Turn
from supportapp.knowledge.models import Workspace

register = template.Library()

# A page is English; a text in another script says so, that it is drawn and read out rightly.
SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("zh-Hans", re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw one symbol of static/img/icons.svg. It is decoration: the words stand beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def current_workspace(context: RequestContext) -> Workspace:
    """Return the page's workspace: the view's own, else the default one."""
    found: Any = context.get("workspace")
    return found if isinstance(found, Workspace) else Workspace.default()


@register.simple_tag
def new_id() -> UUID:
    """Make the id by which a form that is sent twice counts once."""
    return uuid4()


@register.simple_tag
def lang_of(text: object) -> SafeString | str:
    """Write a lang attribute where the text is in a script that English isn't written in."""
    for code, script in SCRIPTS:
        if script.search(str(text)):
            return format_html(' lang="{}"', code)
    return ""


@register.simple_tag
def feedback_reasons() -> list[tuple[str, str]]:
    """List the reasons a customer may give, which the room above defines."""
    model: Any = Turn._meta.get_field("feedback").related_model
    return list(model.Reason.choices)
