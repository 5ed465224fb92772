"""The two staff roles that most companies need, as groups that the admin may change.

Made once, by `migrate`; a group that exists is left as its company changed it.
"""

from django.contrib.auth.models import Group, Permission
from django.db import connection

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
        "knowledge.publish_article",
        "knowledge.import_article",
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
    """Make the groups that don't exist yet; wait for a later `migrate` where tables are missing."""
    if Group._meta.db_table not in connection.introspection.table_names():
        return
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for name, permissions in ROLES.items():
        if not known.keys() >= set(permissions) or Group.objects.filter(name=name).exists():
            continue
        Group.objects.create(name=name).permissions.set([known[each] for each in permissions])
