"""Registers the room with Django; `migrate` makes the staff roles."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ReviewConfig(AppConfig):
    name = "supportapp.review"
    label = "review"

    def ready(self) -> None:
        from supportapp.review.roles import make_roles

        post_migrate.connect(make_roles, sender=self, dispatch_uid="review.roles")
