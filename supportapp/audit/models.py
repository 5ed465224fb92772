"""AuditEvent: one thing that somebody did, or that was refused."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """Written once. The database refuses to change or delete it (a trigger of the migration).

    Names instead of foreign keys: the row stays as it was when the account or the object goes.
    """

    class Action(models.TextChoices):
        PUBLISHED = "published", "Published an article"
        ARCHIVED = "archived", "Archived an article"
        EXPORTED = "exported", "Exported data"
        ERASED = "erased", "Erased a person's data"
        PURGED = "purged", "Removed what was past its time"
        ROLE_CHANGED = "role_changed", "Changed an account's rights"
        SIGNED_IN = "signed_in", "Signed in"
        SIGN_IN_FAILED = "sign_in_failed", "Failed to sign in"
        FACTOR_CHANGED = "factor_changed", "Changed a second factor"
        UNMASKED = "unmasked", "Looked at what a customer wrote, unmasked"
        GUARD_TRIPPED = "guard_tripped", "A guard stopped a question or an answer"

    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=20, choices=Action.choices)
    actor_id = models.BigIntegerField(null=True, help_text="The account's id; none: the product.")
    actor = models.CharField(max_length=150, blank=True, help_text="Its name at that time.")
    subject = models.CharField(max_length=200, blank=True, help_text="What it was done to.")
    details = models.JSONField(default=dict, help_text="Counts, codes and names of fields.")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["action", "-at"], name="audit_action_newest")]
        permissions = [("handle_personal_data", "Can export and erase one person's data")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} ({self.actor or 'the product'})"
