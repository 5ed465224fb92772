"""A customer-support assistant that a company runs itself."""

from supportapp.celery import app as celery_app

__all__ = ["celery_app"]
