"""Addresses of registers, jobs and files."""

from django.urls import path

from . import views, views_account

urlpatterns = [
    path("registers/", views.registers, name="registers"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<int:key>/", views.job, name="job"),
    path("jobs/<int:key>/progress/", views.progress, name="job_progress"),
    path("jobs/<int:key>/cancel/", views.cancel, name="job_cancel"),
    path("files/<int:key>/", views.file, name="file"),
    path("drafts/", views_account.own_drafts, name="drafts"),
    path("accounts/2fa/recovery-codes/kept/", views_account.codes_kept, name="codes_kept"),
]
