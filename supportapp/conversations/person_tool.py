"""`request_person`: a model offers a person; the customer says yes, and staff see the request."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from supportapp.conversations import handoffs
from supportapp.conversations.models import Turn
from supportapp.tools.declaring import tool
from supportapp.tools.values import Caller, Finding, Json, ToolRefused

ASK = {
    "en": "Shall I pass this conversation on to a person? They will write to you by e-mail.",
    "zh": "要我把这次对话转交给人工客服吗？工作人员会通过电子邮件与您联系。",
}
DONE = {
    "en": "A person has your request (number {number}) and will write to {contact}.",
    "zh": "您的请求已转交人工客服（编号 {number}），工作人员会写信到 {contact}。",
}


def _question(arguments: Json, caller: Caller) -> str:
    return ASK["zh" if caller.is_chinese else "en"]


@tool(
    labels={"en": "Preparing a request for a person…", "zh": "正在准备转接人工客服…"},
    changes=True,
    question=_question,
)
def request_person(
    message: Annotated[str, Field(max_length=1000)] = "",
    *,
    caller: Caller,
    key: UUID,
    contact: str,
) -> Finding:
    """Offer the customer to pass the conversation on to a person; the page asks them first.

    message: what the person should know, in a sentence or two, as the customer said it
    """
    asked = Turn.objects.select_related("conversation")
    turn = asked.filter(pk=caller.turn_id).first() if caller.turn_id else None
    if turn is None:
        raise ToolRefused("conversation_gone")
    handoff = handoffs.request_person(
        turn.conversation, key, contact=contact, message=message, turn=turn
    )
    said = DONE["zh" if caller.is_chinese else "en"]
    return Finding(
        data={"request": handoff.pk},
        text=said.format(number=handoff.pk, contact=handoff.contact),
        source="",
    )
