"""The guards around an answer: before the search, over what was found, before it is given. Pure.

What a guard decides is `supportapp.guardrails`' own; here stands what follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from supportapp.answering import moderating
from supportapp.answering.phrases import say
from supportapp.answering.receipts import guarded as guarded_receipt
from supportapp.answering.values import (
    Answer,
    Event,
    Finished,
    Notice,
    Outcome,
    Parts,
    Question,
    Token,
)
from supportapp.guardrails import incoming, personal, rules
from supportapp.guardrails.moderating import SELF_HARM
from supportapp.guardrails.rules import Labels
from supportapp.guardrails.switches import Guards
from supportapp.guardrails.values import Action, Finding, Noted
from supportapp.guardrails.watching import Watch
from supportapp.retrieval.values import Evidence, Scope, SearchQuery, SearchResult
from supportapp.tracing import Trace

# Without a workspace's guards there are still manners, and the prompt stays ours.
MANNERS = Guards(on=frozenset({"small_talk", "distress", "leaks"}))


async def begin(question: Question, parts: Parts, trace: Trace) -> Watch:
    """Bring the question past the guards that stand before an answer."""
    guards = MANNERS if parts.guards is None else await parts.guards(question.scope)
    noted = Noted()
    with trace.span("guardrails.input") as span:
        said = [each.text for each in question.context]
        checked = incoming.check(question.text, said, guards, noted)
        verdict = checked.verdict
        code = verdict.code or next(iter(noted.codes()), "none")
        span.set(action=verdict.action.value, code=code)
    checked = await moderating.checked(checked, parts, guards, noted, trace)
    return Watch(guards, noted, checked)


def watched(question: Question, watch: Watch) -> Question:
    """Return the question as it may go on: with placeholders for personal data."""
    checked = watch.checked
    said = zip(question.context, checked.context, strict=True)
    return replace(
        question,
        text=checked.text,
        context=tuple(replace(each, text=text) for each, text in said),
        redactions=checked.redactions,
    )


def guarded(parts: Parts, watch: Watch) -> Parts:
    """Return the parts with every passage cleaned on its way in, and no model for an attack."""

    is_noted = False

    async def search(query: SearchQuery, scope: Scope) -> SearchResult:
        nonlocal is_noted
        found = await parts.search(_spoken(query), scope)
        if not is_noted:
            # The question's own search; later ones only try what could be asked next.
            is_noted = True
            watch.note_planted(found.evidence)
        left = watch.cleaned(found.evidence)
        return replace(found, evidence=left, confidence=found.confidence if left else 0.0)

    async def openings(evidence: Sequence[Evidence], scope: Scope) -> Mapping[int, Evidence]:
        found = await parts.openings(evidence, scope)
        cleaned = watch.cleaned(tuple(found.values()))
        return {each.article_id: each for each in cleaned}

    async def similarity(question: str, texts: Sequence[str]) -> Sequence[float]:
        return await parts.similarity(personal.spoken(question), texts)

    asks_none = watch.checked.asks_no_model
    return replace(
        parts,
        search=search,
        openings=openings,
        similarity=similarity,
        chat=None if asks_none else parts.chat,
        chat_model="" if asks_none else parts.chat_model,
        models={} if asks_none else parts.models,
        watch=watch,
    )


def _spoken(query: SearchQuery) -> SearchQuery:
    """Say placeholders in words: no article holds them."""
    return replace(
        query,
        text=personal.spoken(query.text),
        context=tuple(replace(each, text=personal.spoken(each.text)) for each in query.context),
    )


def own_words(question: Question, watch: Watch) -> Answer:
    """Return the answer of a question that isn't answered from articles."""
    verdict, safer = watch.checked.verdict, watch.checked.safer
    notices: tuple[str, ...] = {
        "self_harm": (Notice.SELF_HARM, Notice.OFFER_PERSON),
        SELF_HARM: (Notice.SELF_HARM, Notice.OFFER_PERSON),
        "smalltalk.person": (Notice.OFFER_PERSON,),
    }.get(verdict.code, ())
    if verdict.action is not Action.REPLY:
        notices = (Notice.SAFER_WORDING, Notice.OFFER_PERSON) if safer else (Notice.OFFER_PERSON,)
    key = f"{verdict.reply}_safer" if safer else verdict.reply
    return Answer(
        outcome=Outcome.SMALLTALK if verdict.action is Action.REPLY else Outcome.BLOCKED,
        text=say(key, question.language, question.assistant),
        suggestions=(safer,) if safer else (),
        notices=notices,
        receipt=guarded_receipt(watch),
    )


def unanswered(answer: Answer, question: Question, watch: Watch | None) -> Answer:
    """Say what fits better where the articles have no answer: an attack, or another's task."""
    if watch is None:
        return answer
    if watch.checked.asks_no_model:
        safer = watch.checked.safer
        key = "attack_safer" if safer else "attack"
        notices = (Notice.SAFER_WORDING, *answer.notices) if safer else answer.notices
        suggestions = (safer,) if safer else answer.suggestions
        text = say(key, question.language, question.assistant)
        return replace(answer, text=text, notices=notices, suggestions=suggestions)
    if watch.guards.has("off_topic") and incoming.is_off_topic(question.text):
        watch.noted.add(Finding("off_topic", Action.REPLY, "off_topic"))
        return replace(answer, text=say("off_topic", question.language, question.assistant))
    return answer


async def complied(answer: Answer, parts: Parts) -> Answer:
    """Add the disclaimers that the workspace's rules ask for."""
    watch = parts.watch
    if watch is None or not watch.guards.rules or not watch.guards.has("compliance"):
        return answer
    if answer.outcome is not Outcome.ANSWERED:
        return answer
    labels: Sequence[Labels] = ()
    if parts.labels is not None:
        labels = await parts.labels([each.article_id for each in answer.citations])
    wanted = rules.disclaimers(watch.guards.rules, answer.text, labels)
    for rule in wanted:
        code = f"disclaimer.{rule.number}"
        watch.noted.add(Finding("compliance", Action.REWRITE, code))
    return replace(answer, text=rules.with_disclaimers(answer.text, wanted)) if wanted else answer


def restored(event: Event, question: Question) -> Event:
    """Give the customer their own data back."""
    if not question.redactions:
        return event
    back = question.redactions.restore
    if isinstance(event, Token):
        return Token(back(event.text))
    if isinstance(event, Finished):
        answer = event.answer
        suggestions = tuple(back(each) for each in answer.suggestions)
        return Finished(replace(answer, text=back(answer.text), suggestions=suggestions))
    return event
