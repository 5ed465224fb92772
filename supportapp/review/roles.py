"""The two staff roles that most companies need, as groups that the admin may change.

Made once, by `migrate`; a group that exists is left as its company changed it.
"""

from django.contrib.auth.models import Group, Permission

REVIEWERS = "Reviewers"
EDITORS = "Editors"
ROLES = {
    REVIEWERS: (
        "review.add_annotation",
        "review.view_annotation",
        "review.view_feedback",
        "conversations.view_handoff",
        "conversations.change_handoff",
        "knowledge.view_article",
    ),
    EDITORS: (
        "knowledge.view_article",
        "knowledge.add_article",
        "knowledge.change_article",
        "knowledge.view_revision",
        "knowledge.add_revision",
        "knowledge.view_passage",
        "knowledge.view_suggestedprompt",
        "knowledge.add_suggestedprompt",
        "knowledge.change_suggestedprompt",
        "knowledge.delete_suggestedprompt",
    ),
}


def make_roles(**said_by_migrate: object) -> None:
    """Make the groups that don't exist yet."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, permissions in ROLES.items():
        group, created = Group.objects.get_or_create(name=name)
        if created:
            group.permissions.set([known[permission] for permission in permissions])
