"""The admin's forms of a review rule and of a place on the rota."""

from __future__ import annotations

from calendar import day_name
from typing import TYPE_CHECKING, Any

from django import forms

from supportapp.review import rules
from supportapp.review.models import ReviewRule, RotaPlace
from supportapp.review.models.waiting import working_days

if TYPE_CHECKING:
    _RuleForm = forms.ModelForm[ReviewRule]
    _RotaForm = forms.ModelForm[RotaPlace]
else:
    _RuleForm = _RotaForm = forms.ModelForm


class RuleForm(_RuleForm):
    """A rule; the shipped numbers of every reason are said beside the field."""

    class Meta:
        model = ReviewRule
        fields = (
            "reason",
            "workspace",
            "language",
            "is_on",
            "priority",
            "threshold",
            "percent",
            "at_least",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shipped = (
            f"{rules.Reason(rule.reason).label} {rule.priority}" for rule in rules.SHIPPED.values()
        )
        self.fields["priority"].help_text = f"Shipped: {', '.join(shipped)}."
        meant = (
            f"{reason.label}: {means} ({rules.SHIPPED[reason].threshold:g})"
            for reason, means in rules.THRESHOLDS.items()
        )
        self.fields["threshold"].help_text = f"Empty: as shipped. {'; '.join(meant)}."


class RotaForm(_RotaForm):
    """A place on the rota, with the days as boxes to tick."""

    weekdays = forms.TypedMultipleChoiceField(
        choices=[(number, name) for number, name in enumerate(day_name)],
        coerce=int,
        initial=working_days,
        widget=forms.CheckboxSelectMultiple,
        label="Days",
    )

    class Meta:
        model = RotaPlace
        fields = ("user", "is_on", "weekdays", "goal")
