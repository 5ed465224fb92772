"""`get_order_status`: where a signed-in customer's own orders are. Nobody else's, ever.

There is no way in by order number and e-mail: both stand on a parcel's label, and whoever finds
it would learn what its owner bought and where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from django.db.models import QuerySet
from pydantic import AfterValidator, Field

from supportapp.tools.declaring import tool
from supportapp.tools.models import Order
from supportapp.tools.values import Caller, Finding, Pattern
from supportapp.tools.wording import day, escaped

SHOWN = 5
_NUMBER = r"(?P<order_number>TS-?[A-Z0-9]{6})"
SOURCE = {"en": "Your orders", "zh": "您的订单"}
STATES = {
    "received": ("has been received and will be packed next", "已收到，正等待打包"),
    "packed": ("is packed and waits for the carrier", "已打包，等待承运商取件"),
    "shipped": ("is on its way", "已发货，正在运送途中"),
    "delivered": ("has been delivered", "已送达"),
    "cancelled": ("was cancelled", "已取消"),
    "returned": ("was returned", "已退货"),
}
UNDER_WAY = frozenset({"received", "packed", "shipped"})
SIGN_IN = {
    "en": "I can show an order only to the customer it belongs to. Please sign in to your account "
    "first, then ask me again. Please don't send me more details about it here: I couldn't check "
    "that the order is yours.",
    "zh": "订单信息只能显示给订单所属的客户。请先登录您的账户，然后再问我一次。请不要在这里发送更多"
    "订单信息，因为我无法核实订单是否属于您。",
}
NOT_FOUND = {
    "en": "I can't find the order {number} in your account. Please check the number under "
    "**Shop > Orders**; if you ordered with another account, sign in with that one.",
    "zh": "在您的账户中找不到订单 {number}。请在 **Shop > Orders** 中核对订单号；如果您是用"
    "另一个账户下单的，请登录那个账户。",
}
NONE = {"en": "There is no order in your account.", "zh": "您的账户中没有订单。"}


def _normal(number: str) -> str:
    compact = number.strip().upper().replace("-", "").replace(" ", "")
    return f"{compact[:2]}-{compact[2:]}"


OrderNumber = Annotated[
    str, Field(pattern=r"^\s*[Tt][Ss]-?\s?[A-Za-z0-9]{6}\s*$"), AfterValidator(_normal)
]


@tool(
    labels={"en": "Looking up your order…", "zh": "正在查询您的订单…"},
    patterns=(
        Pattern(
            rf"(?:where(?:'s|\ is)|what(?:'s|\ is)\ the\ status\ of|what\ is\ happening\ with|"
            rf"track|status\ of|check(?:\ on)?|when\ (?:will|does)|has)?\ ?"
            rf"(?:my\ )?(?:order|parcel|package|delivery)?\ ?(?:status\ )?(?:number\ |no\.?\ |\#)?"
            rf"{_NUMBER}(?:\ (?:arrive|come|ship(?:ped)?|been\ shipped|delivered))?"
        ),
        Pattern(
            r"(?:where(?:'s|\ is|\ are)|what(?:'s|\ is)\ the\ status\ of|track|check)\ "
            r"my\ (?:last\ |latest\ )?(?:orders?|parcels?|packages?)",
            only_signed_in=True,
        ),
        Pattern(
            rf"(?:我的|查询|查一下|帮我查)*(?:订单|包裹)?(?:号)?[:： ]*{_NUMBER}"
            r"[ ]*(?:到哪里?了|在哪里?|的?状态.*|什么时候.*)?"
        ),
        Pattern(
            r"(?:我的|查询我的|查一下我的)(?:订单|包裹)(?:到哪里?了|在哪里?|的?状态(?:如何|怎么样)?)?",
            only_signed_in=True,
        ),
    ),
)
def get_order_status(order_number: OrderNumber | None = None, *, caller: Caller) -> Finding:
    """Where the signed-in customer's own shop orders are (numbers such as TS-123456).

    order_number: the order's number; leave it out for the customer's last orders
    """
    language = "zh" if caller.is_chinese else "en"
    if not caller.is_signed_in:
        return Finding(
            data={"signed_in": False, "note": "The customer has to sign in first."},
            text=SIGN_IN[language],
            source="",
        )
    found = _own(caller, order_number)
    return Finding(
        data={"signed_in": True, "orders": [_row(each) for each in found]},
        text=_text(found, order_number, language),
        source=SOURCE[language],
        as_of=min((each.updated_at for each in found), default=None),
    )


def _own(caller: Caller, number: str | None) -> list[Order]:
    """Someone else's order and one that doesn't exist look the same."""
    orders: QuerySet[Order] = Order.objects.filter(
        workspace=caller.workspace_id, customer=caller.username
    )
    if number:
        orders = orders.filter(number=number)
    return list(orders[:SHOWN])


def _row(order: Order) -> dict[str, str | None]:
    return {
        "number": order.number,
        "item": order.item,
        "state": order.state,
        "ordered_on": order.ordered_on.isoformat(),
        "expected_on": order.expected_on.isoformat() if order.expected_on else None,
        "carrier": order.carrier or None,
        "tracking": order.tracking or None,
    }


def _text(found: Sequence[Order], number: str | None, language: str) -> str:
    if not found:
        text = NOT_FOUND[language].format(number=number) if number else NONE[language]
        return text + " {source}"
    lines = [_chinese(each) if language == "zh" else _english(each) for each in found]
    if len(lines) == 1:
        return lines[0]
    return "\n".join(f"- {line}" for line in lines)


def _english(order: Order) -> str:
    text = f"Your order **{escaped(order.number)}** ({escaped(order.item)}) "
    text += STATES[order.state][0]
    if order.carrier and order.tracking:
        text += f", with {escaped(order.carrier)}, tracking number {escaped(order.tracking)}"
    if order.expected_on and order.state in UNDER_WAY:
        text += f". It should arrive by {day(order.expected_on, 'en')}"
    return text + " {source}."


def _chinese(order: Order) -> str:
    text = f"您的订单 **{escaped(order.number)}**（{escaped(order.item)}）"
    text += STATES[order.state][1]
    if order.carrier and order.tracking:
        text += f"，承运商 {escaped(order.carrier)}，运单号 {escaped(order.tracking)}"
    if order.expected_on and order.state in UNDER_WAY:
        text += f"，预计{day(order.expected_on, 'zh')}前送达"
    return text + "{source}。"
