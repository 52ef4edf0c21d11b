"""Addresses of the scoring sheets and of the yearly evaluations that go by them."""

from django.urls import path

from .views import sheets

urlpatterns = [
    path("sheets/", sheets.sheets, name="sheets"),
    path("sheets/upload/", sheets.upload, name="sheet_upload"),
    path("sheets/<slug:code>/", sheets.sheet, name="sheet"),
    path("sheets/<slug:code>/versions/<int:number>/", sheets.version, name="sheet_version"),
    path("sheets/<slug:code>/versions/<int:number>/form/", sheets.form, name="sheet_form"),
    path("sheets/<slug:code>/versions/<int:number>/draft/", sheets.draft, name="sheet_draft"),
    path("sheets/<slug:code>/versions/<int:number>/publish/", sheets.publish, name="sheet_publish"),
]
