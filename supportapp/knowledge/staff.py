"""Groups of staff and what each may do."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

REVIEWER = (
    "knowledge.view_article",
    "knowledge.view_workspace",
    "knowledge.view_synonymgroup",
    "retrieval.view_calibration",
    "caching.view_rememberedanswer",
    "caching.add_rememberedanswer",
    "caching.view_memorypolicy",
    "caching.view_shadowanswer",
    "guardrails.view_guardswitch",
    "guardrails.view_compliancerule",
    "review.view_reviewitem",
    "review.view_annotation",
    "review.add_annotation",
    "review.change_annotation",
    "review.add_trainingmark",
    "evals.view_dataset",
    "evals.view_example",
    "evals.view_run",
    "evals.view_result",
    "evals.add_example",
    "evals.add_opinion",
    "conversations.add_message",
    "review.view_feedback",
    "review.view_signal",
    "conversations.view_conversation",
    "conversations.view_turn",
    "conversations.view_handoff",
    "conversations.change_handoff",
    "answering.view_promptversion",
    "answering.view_rollout",
    "answering.view_routepolicy",
    "answering.add_judgement",
    "gaps.view_gap",
    "changes.view_articlechange",
    "changes.view_recall",
)
EDITOR = (
    *REVIEWER,
    "knowledge.add_article",
    "knowledge.change_article",
    "knowledge.publish_article",
    "review.settle_reviewitem",
    "review.view_reviewrule",
    "review.add_reviewrule",
    "review.change_reviewrule",
    "review.delete_reviewrule",
    "review.view_rotaplace",
    "review.add_rotaplace",
    "review.change_rotaplace",
    "review.delete_rotaplace",
    "review.view_consequence",
    "review.view_trainingmark",
    "knowledge.import_article",
    "knowledge.view_revision",
    "knowledge.view_importjob",
    "knowledge.view_embeddingmodel",
    "knowledge.change_workspace",
    "knowledge.view_suggestedprompt",
    "knowledge.add_suggestedprompt",
    "knowledge.change_suggestedprompt",
    "knowledge.delete_suggestedprompt",
    "knowledge.add_synonymgroup",
    "knowledge.change_synonymgroup",
    "knowledge.delete_synonymgroup",
    "retrieval.add_calibration",
    "caching.change_rememberedanswer",
    "caching.change_memorypolicy",
    "caching.add_memorypolicy",
    "caching.change_shadowanswer",
    "guardrails.change_guardswitch",
    "guardrails.add_compliancerule",
    "guardrails.change_compliancerule",
    "guardrails.delete_compliancerule",
    "evals.add_dataset",
    "evals.change_dataset",
    "evals.add_run",
    "answering.add_promptversion",
    "answering.view_answerexample",
    "answering.change_answerexample",
    "answering.add_routepolicy",
    "answering.change_routepolicy",
    "tools.view_ratesheet",
    "tools.view_rate",
    "tools.view_ratesync",
    "tools.add_ratesync",
    "tools.view_toolswitch",
    "tools.view_toolcall",
    "insight.ask_data",
    "insight.see_dashboard",
    "gaps.change_gap",
    "gaps.change_passagepair",
    "training.view_trainingset",
    "changes.add_articlechange",
    "changes.change_articlechange",
    "changes.override_articlechange",
    "changes.add_recall",
    "changes.change_recall",
    "changes.send_recall",
)
# Administrators may do all of these rooms' work and manage staff; nobody deletes what is kept.
ROOMS = (
    "answering",
    "caching",
    "guardrails",
    "tools",
    "insight",
    "gateway",
    "knowledge",
    "retrieval",
    "conversations",
    "review",
    "changes",
    "evals",
    "gaps",
    "training",
    "outbox",
    "audit",
    "auth",
)
NEVER = (
    "add_auditevent",
    "change_auditevent",
    "delete_auditevent",
    "delete_article",
    "delete_revision",
    "change_revision",
    "change_promptversion",
    "delete_promptversion",
    "delete_embeddingmodel",
)


def ensure_groups() -> list[Group]:
    """Make the groups and give them their permissions; permissions added by hand stay."""
    made = []
    for name, wanted in (("Reviewer", named(REVIEWER)), ("Editor", named(EDITOR)), *_admins()):
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.add(*Permission.objects.filter(wanted))
        made.append(group)
    return made


def named(names: tuple[str, ...]) -> Q:
    """Select permissions by app label and code name."""
    wanted = Q(pk__in=[])
    for name in names:
        app, _, code = name.partition(".")
        wanted |= Q(content_type__app_label=app, codename=code)
    return wanted


def _admins() -> tuple[tuple[str, Q], ...]:
    return (("Administrator", Q(content_type__app_label__in=ROOMS) & ~Q(codename__in=NEVER)),)
