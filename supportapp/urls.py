"""All addresses."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("supportapp.web.urls")),
    path("admin/", admin.site.urls),
    path("account/", include("supportapp.accounts.urls")),
    path("help/", include("supportapp.knowledge.urls")),
    path("staff/", include("supportapp.insight.urls")),
    path("staff/changes/", include("supportapp.changes.urls")),
    path("staff/evals/", include("supportapp.evals.urls")),
    path("staff/gaps/", include("supportapp.gaps.urls")),
    path("staff/training/", include("supportapp.training.urls")),
    path("staff/", include("supportapp.answering.urls")),
    path("", include("supportapp.review.urls")),
    path("", include("supportapp.privacy.urls")),
    path("", include("supportapp.conversations.urls")),
]
handler400 = "supportapp.web.errors.bad_request"
handler403 = "supportapp.web.errors.forbidden"
handler404 = "supportapp.web.errors.not_found"
handler500 = "supportapp.web.errors.server_error"
