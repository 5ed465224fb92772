"""Staff switch guards, write rules, try both, and see what guards did."""

from supportapp.guardrails.admin.rules import ComplianceRuleAdmin
from supportapp.guardrails.admin.switches import GuardSwitchAdmin

__all__ = ["ComplianceRuleAdmin", "GuardSwitchAdmin"]
