"""The portal's addresses and the style guide, which otherwise is only there while developing."""

from django.urls import include, path

from config.urls import handler400, handler403, handler404, handler500
from config.urls import urlpatterns as portal

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [*portal, path("style/", include("config.style"))]
