"""Addresses of registers, jobs, proposed changes and files."""

from django.urls import include, path

from . import own_views, views, views_proposals

urlpatterns = [
    path("registers/", views.registers, name="registers"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<int:key>/", views.job, name="job"),
    path("jobs/<int:key>/progress/", views.progress, name="job_progress"),
    path("jobs/<int:key>/cancel/", views.cancel, name="job_cancel"),
    path("proposals/", views_proposals.proposals, name="proposals"),
    path("proposals/accept/", views_proposals.accept_several, name="proposals_accept"),
    path("proposals/<int:key>/", views_proposals.proposal, name="proposal"),
    path("proposals/<int:key>/accept/", views_proposals.accept, name="proposal_accept"),
    path("proposals/<int:key>/refuse/", views_proposals.refuse, name="proposal_refuse"),
    path("proposals/<int:key>/withdraw/", views_proposals.withdraw, name="proposal_withdraw"),
    path("files/<int:key>/", views.file, name="file"),
    path("audit/", include("communities.ground.audit_urls")),
    path("drafts/", own_views.own_drafts, name="drafts"),
    path("accounts/2fa/recovery-codes/kept/", own_views.codes_kept, name="codes_kept"),
    path("", include("communities.ground.staff_urls")),
]
