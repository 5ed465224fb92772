"""System checks for settings that contradict each other."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from supportapp.answering import prompting
from supportapp.answering.reranking import CHAT, HTTP, MODES
from supportapp.answering.routing import POLICIES


@register
def numbers_fit(**kwargs: Any) -> list[CheckMessage]:
    """Each deadline leaves room for the one inside it, and shares are shares."""
    found: list[CheckMessage] = []
    if settings.ANSWERING_FIRST_TOKEN_SECONDS >= settings.ANSWERING_TOTAL_SECONDS:
        found.append(
            Error(
                "ANSWERING_FIRST_TOKEN_SECONDS must be less than ANSWERING_TOTAL_SECONDS.",
                id="answering.E001",
            )
        )
    if settings.ANSWERING_TOTAL_SECONDS >= settings.TURN_DEADLINE_SECONDS:
        found.append(
            Error(
                "ANSWERING_TOTAL_SECONDS must be less than TURN_DEADLINE_SECONDS, or a turn ends "
                "before the model's own deadline can.",
                id="answering.E002",
            )
        )
    if not 0.0 <= settings.ANSWERING_MIN_CONFIDENCE <= 1.0:
        found.append(Error("ANSWERING_MIN_CONFIDENCE lies between 0 and 1.", id="answering.E003"))
    if not 0.0 <= settings.ANSWERING_TEMPERATURE <= 2.0:
        found.append(Error("ANSWERING_TEMPERATURE lies between 0 and 2.", id="answering.E004"))
    return found


@register
def a_frame_holds_a_question(**kwargs: Any) -> list[CheckMessage]:
    """A question of the longest kind must fit into a socket's frame."""
    # Four bytes a character at most, and the frame's other fields.
    needed = 4 * settings.MAX_QUESTION_CHARACTERS + 512
    if needed > settings.MAX_FRAME_BYTES:
        return [
            Error(
                f"MAX_FRAME_BYTES must be at least {needed} for MAX_QUESTION_CHARACTERS = "
                f"{settings.MAX_QUESTION_CHARACTERS}.",
                id="answering.E005",
            )
        ]
    return []


@register
def the_prompt_loads(**kwargs: Any) -> list[CheckMessage]:
    """The shipped prompt is there and readable."""
    try:
        prompting.load()
    except (OSError, ValueError) as error:
        return [Error(f"The prompt can't be read: {error}", id="answering.E006")]
    return []


@register
def the_model_is_named(**kwargs: Any) -> list[CheckMessage]:
    """Embeddings at an endpoint need one."""
    if settings.EMBEDDINGS not in {"local", "openai"}:
        return [Error("EMBEDDINGS must be local or openai.", id="answering.E007")]
    if settings.EMBEDDINGS == "openai" and not (
        settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL
    ):
        return [
            Warning(
                "EMBEDDINGS=openai without OPENAI_API_KEY or OPENAI_BASE_URL: vectors can't be "
                "made, so only words are searched.",
                id="answering.W001",
            )
        ]
    return []


@register
def a_reranker_can_be_reached(**kwargs: Any) -> list[CheckMessage]:
    """Whoever reads the best passages again is known, and is given time for it."""
    if settings.RERANK not in MODES:
        return [Error(f"RERANK must be one of {', '.join(MODES)}.", id="answering.E008")]
    if settings.RERANK_DEADLINE_SECONDS <= 0:
        return [Error("RERANK_DEADLINE_SECONDS must be more than 0.", id="answering.E009")]
    if settings.RERANK == HTTP and not settings.RERANK_URL.startswith(("http://", "https://")):
        return [Error("RERANK=http needs RERANK_URL, an http address.", id="answering.E010")]
    if settings.RERANK == CHAT and not (settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL):
        if settings.MODELS:
            return []
        return [
            Warning(
                "RERANK=chat without OPENAI_API_KEY or OPENAI_BASE_URL: nobody reads the passages "
                "again unless a model is configured in the admin.",
                id="answering.W002",
            )
        ]
    return []


@register
def the_route_policy_is_known(**kwargs: Any) -> list[CheckMessage]:
    """A word that means no policy would mean the balanced one, silently."""
    if settings.ROUTE_POLICY not in POLICIES:
        known = ", ".join(POLICIES)
        return [Error(f"ROUTE_POLICY must be one of {known}.", id="answering.E013")]
    return []


@register
def a_rewriting_gets_its_time(**kwargs: Any) -> list[CheckMessage]:
    """A follow-up is rewritten before it is searched: in some time, but not in all there is."""
    if not 0 < settings.ANSWERING_REWRITE_SECONDS < settings.TURN_DEADLINE_SECONDS:
        return [
            Error(
                "ANSWERING_REWRITE_SECONDS must be more than 0 and less than "
                "TURN_DEADLINE_SECONDS.",
                id="answering.E012",
            )
        ]
    return []
