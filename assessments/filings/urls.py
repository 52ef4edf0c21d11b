"""Addresses of the scoring sheets and of the yearly evaluations that go by them."""

from django.urls import include, path

from .views import outcome, reviewing, sheets

urlpatterns = [
    path("", include("assessments.filings.filling_urls")),
    path("sheets/", sheets.sheets, name="sheets"),
    path("sheets/upload/", sheets.upload, name="sheet_upload"),
    path("sheets/<slug:code>/", sheets.sheet, name="sheet"),
    path("sheets/<slug:code>/versions/<int:number>/", sheets.version, name="sheet_version"),
    path("sheets/<slug:code>/versions/<int:number>/form/", sheets.form, name="sheet_form"),
    path("sheets/<slug:code>/versions/<int:number>/draft/", sheets.draft, name="sheet_draft"),
    path("sheets/<slug:code>/versions/<int:number>/publish/", sheets.publish, name="sheet_publish"),
    path("filings/<int:key>/review/", reviewing.review, name="filing_review"),
    path("filings/<int:key>/result/", outcome.result, name="filing_result"),
    path("evaluations/<int:key>/review/", reviewing.evaluation, name="evaluation"),
    path("evaluations/<int:key>/grades/", outcome.grades, name="evaluation_grades"),
    path("evaluations/<int:key>/results/", outcome.cycle_results, name="evaluation_results"),
    path("evaluations/<int:key>/notice/", outcome.notice, name="evaluation_notice"),
    path("evaluations/<int:key>/outside/", outcome.outside_scores, name="outside_scores"),
]
