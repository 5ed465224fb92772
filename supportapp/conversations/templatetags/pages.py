"""What templates need on every page: icons of the sprite, and whose help this is."""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from supportapp.knowledge.models import Workspace

register = template.Library()


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
