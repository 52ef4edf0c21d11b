"""Addresses of the scoring sheets."""

from django.urls import path

from . import views

urlpatterns = [
    path("sheets/", views.sheets, name="sheets"),
    path("sheets/upload/", views.upload, name="sheet_upload"),
    path("sheets/<slug:code>/", views.sheet, name="sheet"),
    path("sheets/<slug:code>/versions/<int:number>/", views.version, name="sheet_version"),
    path("sheets/<slug:code>/versions/<int:number>/form/", views.form, name="sheet_form"),
    path("sheets/<slug:code>/versions/<int:number>/draft/", views.draft, name="sheet_draft"),
    path("sheets/<slug:code>/versions/<int:number>/publish/", views.publish, name="sheet_publish"),
]
