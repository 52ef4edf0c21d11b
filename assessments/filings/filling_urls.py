"""Addresses of opening an evaluation, of what is due, and of filling in."""

from django.urls import path

from .views import batch, due, filling, opening, proving

urlpatterns = [
    path("evaluations/", due.evaluations, name="evaluations"),
    path("evaluations/open/", opening.open_evaluation, name="evaluation_open"),
    path("evaluations/<int:key>/", due.progress, name="evaluation_progress"),
    path("evaluations/<int:key>/items/", batch.batch, name="filing_batch_first"),
    path("evaluations/<int:key>/items/<slug:code>/", batch.batch, name="filing_batch"),
    path("evaluations/filings/file/", due.file_many, name="filings_file"),
    path("evaluations/filings/<int:key>/", filling.filing, name="filing"),
    path("evaluations/filings/<int:key>/form/", filling.form, name="filing_form"),
    path("evaluations/filings/<int:key>/file/", filling.file, name="filing_file"),
    path("evaluations/filings/<int:key>/take-back/", filling.take_back, name="filing_take_back"),
    path("evaluations/filings/<int:key>/unchanged/", filling.all_unchanged, name="filing_all_unchanged"),
    path("evaluations/filings/<int:key>/items/<slug:code>/", filling.item, name="filing_item"),
    path("evaluations/filings/<int:key>/items/<slug:code>/unchanged/", filling.unchanged, name="filing_unchanged"),
    path("evaluations/filings/<int:key>/items/<slug:code>/reply/", filling.reply, name="filing_reply"),
    path("evaluations/filings/<int:key>/items/<slug:code>/evidence/", proving.evidence, name="filing_evidence"),
    path("evaluations/filings/<int:key>/items/<slug:code>/facts/", proving.facts, name="filing_facts"),
]
