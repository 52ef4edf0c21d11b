"""Addresses of the audit."""

from django.urls import path

from . import audit_views

urlpatterns = [
    path("", audit_views.search, name="audit"),
    path("events/<int:key>/", audit_views.event, name="audit_event"),
    path("export/", audit_views.export, name="audit_export"),
    path("export/files/<int:key>/", audit_views.export_file, name="audit_export_file"),
    path("verification/", audit_views.verification, name="audit_verification"),
    path("verification/acknowledge/", audit_views.acknowledge, name="audit_acknowledge"),
    path("verification/progress/", audit_views.verification_progress, name="audit_verification_progress"),
]
