"""What staff send from the pages of training, checked."""

from __future__ import annotations

from django import forms

from supportapp.training.models import TrainingSet


class ConsentForm(forms.Form):
    """A decision about customers' words."""

    is_given = forms.TypedChoiceField(
        choices=[("yes", "May be used"), ("no", "May not be used")],
        coerce=lambda value: value == "yes",
    )
    basis = forms.CharField(max_length=300, strip=True)
    visitor = forms.UUIDField(required=False)


class SetForm(forms.Form):
    """What shall be exported."""

    kind = forms.ChoiceField(choices=TrainingSet.Kind.choices)
    licence = forms.CharField(max_length=120, strip=True)
    with_synthetic = forms.BooleanField(required=False)
    validation_percent = forms.IntegerField(min_value=0, max_value=50, required=False)


class SyntheticForm(forms.Form):
    """How many questions shall be made up."""

    per_passage = forms.IntegerField(min_value=1, max_value=10)
    most_passages = forms.IntegerField(min_value=1, max_value=10_000)


class FineTuningForm(forms.Form):
    """What shall be trained. `mark` is made with the page: sent twice, it counts once."""

    mark = forms.UUIDField()
    training_set = forms.IntegerField(min_value=1)
    endpoint = forms.CharField(max_length=60, strip=True)
    base_model = forms.CharField(max_length=200, strip=True)
    suffix = forms.CharField(max_length=40, required=False, strip=True)
    epochs = forms.IntegerField(min_value=1, max_value=50, required=False)
    price = forms.DecimalField(min_value=0, max_digits=12, decimal_places=6, required=False)
