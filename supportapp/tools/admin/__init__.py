"""Where staff allow tools, watch rates and orders, declare APIs and read the audit."""

from supportapp.tools.admin.apis import ApiDescriptionAdmin
from supportapp.tools.admin.calls import ConfirmationAdmin, ToolCallAdmin
from supportapp.tools.admin.orders import OrderAdmin
from supportapp.tools.admin.rates import RateSheetAdmin, RateSyncAdmin
from supportapp.tools.admin.switches import ToolSwitchAdmin

__all__ = [
    "ApiDescriptionAdmin",
    "ConfirmationAdmin",
    "OrderAdmin",
    "RateSheetAdmin",
    "RateSyncAdmin",
    "ToolCallAdmin",
    "ToolSwitchAdmin",
]
