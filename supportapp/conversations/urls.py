"""Addresses of the customer's pages."""

from django.urls import path

from supportapp.conversations import (
    confirmation_views,
    history_views,
    person_views,
    views,
    xray_views,
)

app_name = "chat"
urlpatterns = [
    path("", views.home, name="home"),
    path("ask/", views.start, name="start"),
    path("c/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("c/<uuid:conversation_id>/ask/", views.ask, name="ask"),
    path("c/<uuid:conversation_id>/rename/", history_views.rename, name="rename"),
    path("c/<uuid:conversation_id>/delete/", history_views.delete, name="delete"),
    path("c/<uuid:conversation_id>/restore/", history_views.restore, name="restore"),
    path("c/<uuid:conversation_id>/person/", person_views.handoff, name="handoff"),
    path("t/<uuid:turn_id>/", views.turn, name="turn"),
    path("t/<uuid:turn_id>/stop/", views.stop, name="stop"),
    path("t/<uuid:turn_id>/again/", views.regenerate, name="regenerate"),
    path("t/<uuid:turn_id>/edit/", views.edit, name="edit"),
    path("t/<uuid:turn_id>/sources/<int:number>/", views.passage, name="passage"),
    path("t/<uuid:turn_id>/confirm/", confirmation_views.confirm, name="confirm"),
    path("t/<uuid:turn_id>/receipt/", views.receipt, name="receipt"),
    path("t/<uuid:turn_id>/xray/", xray_views.xray, name="xray"),
    path("history/", history_views.history, name="history"),
    path("person/", person_views.person, name="person"),
]
