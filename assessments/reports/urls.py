"""Addresses of what leaders read: the overview, the search for a place, the reports."""

from django.urls import path

from .views import overview, papers, places

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("places/", places.places, name="places"),
    path("reports/", papers.reports, name="reports"),
]
