"""Addresses of registers, jobs and files."""

from django.urls import path

from . import own_views, views

urlpatterns = [
    path("registers/", views.registers, name="registers"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<int:key>/", views.job, name="job"),
    path("jobs/<int:key>/progress/", views.progress, name="job_progress"),
    path("jobs/<int:key>/cancel/", views.cancel, name="job_cancel"),
    path("files/<int:key>/", views.file, name="file"),
    path("drafts/", own_views.own_drafts, name="drafts"),
    path("accounts/2fa/recovery-codes/kept/", own_views.codes_kept, name="codes_kept"),
]
