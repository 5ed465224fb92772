"""Addresses of changes and recalls."""

from django.urls import path

from supportapp.changes import recall_views, views

app_name = "changes"
urlpatterns = [
    path("", views.change_list, name="list"),
    path("<int:change_id>/", views.change_page, name="change"),
    path("<int:change_id>/replay/", views.replay, name="replay"),
    path("<int:change_id>/cancel/", views.cancel, name="cancel"),
    path("<int:change_id>/decide/", views.decide, name="decide"),
    path("open/<int:article_id>/", views.open_change, name="open"),
    path("fix/", views.fix, name="fix"),
    path("draft/", views.draft_article, name="draft_article"),
    path("recalls/", recall_views.recall_list, name="recalls"),
    path("recalls/new/", recall_views.begin, name="recall_new"),
    path("recalls/<int:recall_id>/", recall_views.recall_page, name="recall"),
    path("recalls/<int:recall_id>/write/", recall_views.write, name="recall_write"),
    path("recalls/<int:recall_id>/send/", recall_views.send, name="recall_send"),
    path("recalls/<int:recall_id>/stop/", recall_views.stop, name="recall_stop"),
]
