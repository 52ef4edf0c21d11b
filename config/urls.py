"""Where every address begins. Each app brings its own `urls.py`; here is only their order."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

APPS = [
    "communities.ground",
    "communities.places",
    "organizations",
    "facilities",
    "services",
    "funding",
    "assessments.plans",
    "assessments.compliance",
    "assessments.reports",
]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    *(path("", include(f"{app}.urls")) for app in APPS if find_spec(f"{app}.urls")),
]
