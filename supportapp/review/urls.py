"""Addresses of feedback and the review queue."""

from django.urls import path

from supportapp.review import customer_views, handoff_views, views

app_name = "review"
urlpatterns = [
    path("t/<uuid:turn_id>/feedback/", customer_views.feedback, name="feedback"),
    path("t/<uuid:turn_id>/signal/", customer_views.signal, name="signal"),
    path("review/", views.queue_page, name="queue"),
    path("review/export.jsonl", views.export_labels, name="export"),
    path("review/<int:item_id>/", views.item_page, name="item"),
    path("review/requests/", handoff_views.handoff_list, name="requests"),
    path("review/requests/<int:handoff_id>/", handoff_views.handoff_page, name="request"),
    path("review/requests/<int:handoff_id>/take/", handoff_views.take, name="request_take"),
    path("review/requests/<int:handoff_id>/close/", handoff_views.close, name="request_close"),
    path("review/requests/<int:handoff_id>/reopen/", handoff_views.reopen, name="request_reopen"),
    path("review/<int:item_id>/skip/", views.skip, name="skip"),
    path("review/<int:item_id>/approve/", views.approve, name="approve"),
    path("review/<int:item_id>/verdict/", views.verdict, name="verdict"),
    path("review/undo/<int:annotation_id>/", views.undo, name="undo"),
]
