"""Addresses of what leaders read: the overview, the milestones of a plan, the search for a place, the reports."""

from django.urls import path

from .views import many, milestones, overview, papers, places

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("plans/<slug:code>/milestones/", milestones.milestones, name="milestones"),
    path("places/", places.places, name="places"),
    path("reports/", papers.reports, name="reports"),
    path("reports/batches/", many.order, name="reports_order"),
    path("reports/batches/<int:key>/", many.batch, name="job_result_reports"),
    path("reports/batches/<int:key>/rows/", many.rows, name="reports_rows"),
]
