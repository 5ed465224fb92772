"""What staff type at their second factor."""

from django import forms


class CodeForm(forms.Form):
    """Six digits of the app, or a recovery code."""

    code = forms.CharField(max_length=20, strip=True)
