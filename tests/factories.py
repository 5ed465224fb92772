"""One factory per model: the smallest valid object, with traits for states."""

from __future__ import annotations

from typing import Any

import factory
from django.contrib.auth.models import Group, User
from factory.django import DjangoModelFactory

from supportapp.knowledge import publishing, staff
from supportapp.knowledge.models import Article, Workspace
from supportapp.knowledge.values import ArticleText

PASSWORD = "correct-horse-battery"


class WorkspaceFactory(DjangoModelFactory[Workspace]):
    class Meta:
        model = Workspace
        django_get_or_create = ("slug",)

    slug = "default"
    name = "Help centre"


class UserFactory(DjangoModelFactory[User]):
    """A customer; `editor=True` and the like make staff of them."""

    class Meta:
        model = User

    class Params:
        reviewer = factory.Trait(is_staff=True, role="Reviewer")
        editor = factory.Trait(is_staff=True, role="Editor")
        administrator = factory.Trait(is_staff=True, role="Administrator")

    username = factory.Sequence("user{}".format)
    password = PASSWORD
    role = ""

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **values: Any) -> User:
        role = values.pop("role")
        user = model_class.objects.create_user(**values)
        if role:
            staff.ensure_groups()
            user.groups.add(Group.objects.get(name=role))
        return user


class ArticleFactory(DjangoModelFactory[Article]):
    """An article with a draft; `is_published=True` publishes it, its vectors still waiting."""

    class Meta:
        model = Article

    workspace = factory.SubFactory(WorkspaceFactory)
    slug = factory.Sequence("article-{}".format)
    title = "Reset the device"
    body = "Hold the reset button for five seconds."
    audience = "public"
    language = "en"
    subject = ""
    tags = ()
    aliases = ()
    is_published = False

    @classmethod
    def _create(cls, model_class: type[Article], *args: Any, **values: Any) -> Article:
        names = ("title", "body", "audience", "language", "subject", "tags", "aliases")
        text = ArticleText(**{name: values.pop(name) for name in names})
        is_published = values.pop("is_published")
        article = publishing.create(values.pop("workspace"), values.pop("slug"), text)
        for name, value in values.items():
            setattr(article, name, value)
        article.save()
        if is_published:
            assert article.draft is not None
            publishing.publish(article.draft)
            article.refresh_from_db()
        return article
