"""Where every address begins. Each app brings its own `urls.py`; here is only their order."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from communities.ground import health

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
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("config.api")),
    path("", include("config.preferences")),
    *(path("", include(f"{app}.urls")) for app in APPS if find_spec(f"{app}.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("style/", include("config.style")))

handler400 = "config.errors.bad_request"
handler403 = "config.errors.denied"
handler404 = "config.errors.not_found"
handler500 = "config.errors.broken"
