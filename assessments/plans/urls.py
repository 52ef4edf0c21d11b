"""Addresses of the plans, of bringing in a pack, of bringing in and taking out ledgers."""

from django.urls import path

from . import import_views, views

urlpatterns = [
    path("plans/", views.plans, name="plans"),
    path("plans/upload/", views.upload, name="plan_upload"),
    path("imports/", import_views.imports, name="imports"),
    path("imports/<int:key>/", import_views.preview, name="import_preview"),
    path("imports/<int:key>/result/", import_views.preview, name="job_result_import_ledger"),
    path("imports/<int:key>/apply/", import_views.apply, name="import_apply"),
    path("imports/<int:key>/again/", import_views.again, name="import_again"),
    path("imports/<slug:kind>/template/", import_views.template, name="import_template"),
    path("imports/<slug:kind>/export/", import_views.export, name="import_export"),
]
