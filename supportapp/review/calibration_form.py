"""What staff type on the page of a workspace's threshold."""

from __future__ import annotations

from django import forms

from supportapp.knowledge.models import Workspace

LEAST, MOST = 50, 99.9
USUAL = 95


class WorkspaceForm(forms.Form):
    """Whose threshold is looked at."""

    workspace = forms.ModelChoiceField(Workspace.objects.order_by("pk"), empty_label=None)


class PromiseForm(forms.Form):
    """How many of a hundred answers are promised to be right."""

    percent = forms.FloatField(
        label="Of 100 answers, right",
        min_value=LEAST,
        max_value=MOST,
        initial=USUAL,
        widget=forms.NumberInput(attrs={"step": "0.1"}),
        help_text="The lowest threshold that keeps this promise on the labelled questions is set.",
    )

    @property
    def precision(self) -> float:
        """Return the promise as a share."""
        return float(self.cleaned_data["percent"]) / 100


class ThresholdForm(forms.Form):
    """The threshold itself."""

    threshold = forms.FloatField(
        min_value=0,
        max_value=1,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text="From 0, where everything is answered, to 1, where nothing is.",
    )
