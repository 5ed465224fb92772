"""The form of a model: its key goes in, and never comes out again."""

from __future__ import annotations

from typing import Any

from django import forms

from supportapp.gateway import declared, sealing
from supportapp.gateway.models import ModelConfig, Purpose


class ModelConfigForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    """What a model is; an empty key leaves the one that is kept."""

    api_key = forms.CharField(
        label="Key",
        required=False,
        max_length=500,
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )
    forget_key = forms.BooleanField(label="Forget the key", required=False)
    purposes = forms.MultipleChoiceField(
        choices=Purpose.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: all but moderation, which is asked only where it is chosen.",
    )

    class Meta:
        model = ModelConfig
        fields = (
            "name", "provider", "base_url", "wire_name", "is_enabled", "position", "purposes",
            "route", "context_tokens", "has_tools", "json_support", "has_streaming", "has_seed",
            "price_in", "price_out", "price_cached",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = bool(self.instance.sealed_key)
        self.fields["api_key"].help_text = (
            "A key is kept, encrypted. Write a new one to replace it."
            if kept
            else "Kept encrypted, used to ask the model, and never shown again. Servers of your"
            " own often need none."
        )
        if not kept:
            del self.fields["forget_key"]

    def clean_name(self) -> str:
        """Refuse the environment's names: they would hide this model."""
        name: str = self.cleaned_data["name"]
        if name == declared.DEFAULT or name in {
            each.endpoint.name for each in declared.configured()
        }:
            raise forms.ValidationError("A model of the environment has this name.")
        return name

    def clean(self) -> dict[str, Any]:
        """Let no key be sent to an address for which it wasn't entered."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        moved = bool(self.instance.sealed_key) and "base_url" in self.changed_data
        if moved and not data.get("api_key") and not data.get("forget_key"):
            self.add_error("api_key", "The address has changed: write the key again, or forget it.")
        if self.instance.is_on_trial and data.get("is_enabled"):
            self.add_error(
                "is_enabled", "It is on trial: compare it and put it into use under Training."
            )
        if (data.get("price_in") is None) != (data.get("price_out") is None):
            self.add_error("price_out", "Give both prices, or none.")
        return data

    def save(self, commit: bool = True) -> ModelConfig:
        """Seal the key into the row."""
        row: ModelConfig = super().save(commit=False)
        if self.cleaned_data.get("forget_key"):
            row.sealed_key = ""
        if key := self.cleaned_data.get("api_key"):
            row.sealed_key = sealing.seal(key)
        if commit:
            row.save()
        return row
