"""What the room keeps: switches, the audit, confirmations, rates, orders and declared APIs."""

from supportapp.tools.models.apis import ApiDescription, ApiOperation
from supportapp.tools.models.calls import Confirmation, ToolCall, ToolSwitch
from supportapp.tools.models.orders import Order
from supportapp.tools.models.rates import Rate, RateSheet, RateSync

__all__ = [
    "ApiDescription",
    "ApiOperation",
    "Confirmation",
    "Order",
    "Rate",
    "RateSheet",
    "RateSync",
    "ToolCall",
    "ToolSwitch",
]
