"""Declare an API by its OpenAPI description, give its key, and allow its operations one by one."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest

from supportapp.admin_base import ModelAdmin, TabularInline
from supportapp.knowledge.admin.forms import WordsField
from supportapp.knowledge.models import Workspace
from supportapp.tools import apis, keys, openapi
from supportapp.tools.models import ApiDescription, ApiOperation
from supportapp.tools.openapi import BadDescription


class ApiDescriptionForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    """An API's description, pasted or uploaded, and its key, which is never shown again."""

    openapi = forms.CharField(
        label="OpenAPI description",
        required=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text="OpenAPI 3, as JSON or YAML. Paste it, or choose a file.",
    )
    file = forms.FileField(label="or a file", required=False)
    base_url = forms.URLField(
        label="Address",
        required=False,
        assume_scheme="https",
        help_text="https only; empty for the description's first server.",
    )
    allowed_hosts = WordsField(
        longest=253,
        help_text="With commas between them. No other host is ever asked, and none that is on a "
        "private network.",
    )
    key = forms.CharField(
        label="Key",
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text="As the header wants it, such as “Bearer …”. It is stored encrypted and never "
        "shown. Leave it empty to keep the one that is stored.",
    )
    forget_key = forms.BooleanField(label="Forget the stored key", required=False)

    class Meta:
        model = ApiDescription
        fields = ("workspace", "name", "base_url", "key_header")
        field_classes = {"base_url": partial(forms.URLField, assume_scheme="https")}

    def clean_key_header(self) -> str:
        header = str(self.cleaned_data["key_header"]).strip()
        if not all(each.isalnum() or each == "-" for each in header):
            raise forms.ValidationError("A header's name is letters, digits and hyphens.")
        return header

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if not key.isascii() or not key.isprintable():
            raise forms.ValidationError("A key is plain characters on one line.")
        return key

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        upload = given.get("file")
        if isinstance(upload, UploadedFile):
            data = upload.read(openapi.LARGEST + 1)
            given["openapi"] = data.decode("utf-8", "replace")
        if not given.get("openapi"):
            self.add_error("openapi", "Paste a description or choose a file.")
        return given

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's hook, unknown to the stubs
        if self.errors:
            return
        api, given = self.instance, self.cleaned_data
        api.openapi, api.allowed_hosts = given["openapi"], list(given["allowed_hosts"])
        try:
            apis.checked(api)
        except BadDescription as error:
            self.add_error("openapi", str(error))


class OperationInline(TabularInline[ApiOperation, ApiDescription]):
    model = ApiOperation
    extra = 0
    can_delete = False
    fields = ("tool", "request", "description", "label", "changes", "is_on")
    readonly_fields = ("tool", "request", "description")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Request")
    def request(self, operation: ApiOperation) -> str:
        return f"{operation.method} {operation.path}"


@admin.register(ApiDescription)
class ApiDescriptionAdmin(ModelAdmin[ApiDescription]):
    form = ApiDescriptionForm
    inlines = (OperationInline,)
    list_display = ("name", "base_url", "allowed", "has_key", "updated_at")
    fields = (
        "workspace",
        "name",
        "openapi",
        "file",
        "base_url",
        "allowed_hosts",
        "key_header",
        "key",
        "forget_key",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiDescription]:
        return super().get_queryset(request).prefetch_related("operations")

    def get_inlines(self, request: HttpRequest, obj: ApiDescription | None) -> Any:
        return () if obj is None else self.inlines

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"workspace": Workspace.default().pk, **super().get_changeform_initial_data(request)}

    def get_form(
        self, request: HttpRequest, obj: ApiDescription | None = None, *args: Any, **options: Any
    ) -> Any:
        form = super().get_form(request, obj, *args, **options)
        if obj is not None:
            form.base_fields["openapi"].initial = obj.openapi
            form.base_fields["allowed_hosts"].initial = obj.allowed_hosts
        return form

    def save_model(
        self, request: HttpRequest, obj: ApiDescription, form: Any, change: bool
    ) -> None:
        given = form.cleaned_data
        moved = change and set(form.changed_data) & {"base_url", "allowed_hosts", "openapi"}
        if given["key"] or given["forget_key"]:
            keys.seal(obj, given["key"])
        elif moved and obj.key_encrypted:
            # Who may change where it goes must not have it sent there without knowing it.
            keys.seal(obj, "")
            self.message_user(
                request,
                "The stored key was forgotten, since it belongs to the address before.",
                messages.WARNING,
            )
        description = apis.keep(obj)
        for request_line, reason in description.refused:
            self.message_user(
                request, f"{request_line} can't be a tool: {reason}.", messages.WARNING
            )

    @admin.display(description="Allowed operations")
    def allowed(self, api: ApiDescription) -> str:
        operations = list(api.operations.all())
        return f"{sum(each.is_on for each in operations)} of {len(operations)}"

    @admin.display(description="Key", boolean=True)
    def has_key(self, api: ApiDescription) -> bool:
        return bool(api.key_encrypted)
