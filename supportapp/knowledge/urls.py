"""The help centre's addresses."""

from django.urls import path

from supportapp.knowledge.views import article, index

app_name = "help"
urlpatterns = [
    path("", index, name="index"),
    path("<str:slug>/", article, name="article"),
]
