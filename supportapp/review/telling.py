"""Tell a customer who complained what changed, and answer who asked for a person: once each."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction

from supportapp.conversations import handoffs, messages
from supportapp.conversations.models import Handoff, Message
from supportapp.retrieval import sentences
from supportapp.review import consequences
from supportapp.review.models import Consequence, ReviewItem

LONGEST = 4000
TEXTS = {
    "en": (
        "You told us that our answer to “{question}” didn’t help. Thank you: we looked at it, and "
        "{what}. If you ask again, you get the new answer."
    ),
    "zh": (
        "您告诉我们，对“{question}”的回答没有帮到您。谢谢您："
        "我们已经查看，并且{what}。请再问一次，您会得到新的回答。"
    ),
}
WHAT = {
    "en": {
        Consequence.Kind.FIX: "the article that it came from is being corrected",
        Consequence.Kind.NEW_ARTICLE: "we are writing an article about it",
        Consequence.Kind.ALIAS: "your question will find the right article",
        Consequence.Kind.APPROVE: "a person has checked the answer that is given now",
        "": "we are putting it right",
    },
    "zh": {
        Consequence.Kind.FIX: "正在更正相关文章",
        Consequence.Kind.NEW_ARTICLE: "正在撰写相关文章",
        Consequence.Kind.ALIAS: "您的问题将能找到正确的文章",
        Consequence.Kind.APPROVE: "现在的回答已由专人核对",
        "": "正在改正",
    },
}
QUOTED = 120


def proposed(item: ReviewItem) -> str:
    """Return the words that the form is filled in with, by what was done."""
    question = " ".join(item.turn.question.split())
    short = question if len(question) <= QUOTED else question[: QUOTED - 1].rstrip() + "…"
    language = "zh" if sentences.language_of(question) == "zh" else "en"
    done = {each.kind for each in consequences.live(item)}
    what = next((text for kind, text in WHAT[language].items() if kind in done), "")
    return TEXTS[language].format(question=short, what=what or WHAT[language][""])


def tell(item: ReviewItem, author: User, text: str) -> Consequence:
    """Post what changed into the customer's conversation; a second time nothing is sent."""
    turn = item.turn
    with transaction.atomic():
        message = messages.post(
            turn.conversation,
            kind=Message.Kind.FOLLOWUP,
            text=text,
            key=f"review:{item.pk}:told",
            about=turn,
            author=author,
        )
        return consequences.note(
            item,
            Consequence.Kind.TOLD,
            author,
            summary=message.text,
            details={"message": message.pk},
        )


def reply(handoff: Handoff, author: User, text: str, key: str) -> Message:
    """Answer a request in its conversation; the request becomes this person's. Sent once a key."""
    with transaction.atomic():
        handoffs.take(handoff.pk, author)
        return messages.post(
            handoff.conversation,
            kind=Message.Kind.REPLY,
            text=text,
            key=f"request:{handoff.pk}:{key}",
            about=handoff.turn,
            author=author,
        )
