"""Addresses of feedback and the review queue."""

from django.urls import path

from supportapp.review import (
    agreement_views,
    consequence_views,
    customer_views,
    handoff_views,
    pair_views,
    views,
)

app_name = "review"
urlpatterns = [
    path("t/<uuid:turn_id>/feedback/", customer_views.feedback, name="feedback"),
    path("t/<uuid:turn_id>/signal/", customer_views.signal, name="signal"),
    path("review/", views.queue_page, name="queue"),
    path("review/export.jsonl", views.export_labels, name="export"),
    path("review/<int:item_id>/", views.item_page, name="item"),
    path("review/<int:item_id>/next/", views.ahead, name="ahead"),
    path("review/<int:item_id>/skip/", views.skip, name="skip"),
    path("review/<int:item_id>/assign/", views.assign, name="assign"),
    path("review/<int:item_id>/verdict/", views.verdict, name="verdict"),
    path("review/undo/<int:annotation_id>/", views.undo, name="undo"),
    path("review/<int:item_id>/approve/", consequence_views.approve, name="approve"),
    path("review/<int:item_id>/alias/", consequence_views.add_alias, name="alias"),
    path("review/<int:item_id>/golden/", consequence_views.add_golden, name="golden"),
    path("review/<int:item_id>/training/", consequence_views.mark_for_training, name="training"),
    path("review/<int:item_id>/tell/", consequence_views.tell, name="told"),
    path("review/<int:item_id>/dismiss/", consequence_views.dismiss, name="dismiss"),
    path(
        "review/consequences/<int:consequence_id>/undo/",
        consequence_views.undo,
        name="undo_consequence",
    ),
    path("review/pairs/", pair_views.pair_page, name="pairs"),
    path("review/pairs/<int:shadow_id>/", pair_views.judge, name="judge_pair"),
    path("review/pairs/<int:shadow_id>/undo/", pair_views.undo, name="undo_pair"),
    path("review/agreement/", agreement_views.agreement_page, name="agreement"),
    path("review/<int:item_id>/gold/", agreement_views.make_gold, name="gold"),
    path("review/requests/", handoff_views.handoff_list, name="requests"),
    path("review/requests/<int:handoff_id>/", handoff_views.handoff_page, name="request"),
    path("review/requests/<int:handoff_id>/take/", handoff_views.take, name="request_take"),
    path("review/requests/<int:handoff_id>/reply/", handoff_views.reply, name="request_reply"),
    path("review/requests/<int:handoff_id>/close/", handoff_views.close, name="request_close"),
    path("review/requests/<int:handoff_id>/reopen/", handoff_views.reopen, name="request_reopen"),
]
