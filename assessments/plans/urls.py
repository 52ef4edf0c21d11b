"""Addresses of the plans and of bringing in a pack."""

from django.urls import path

from . import views

urlpatterns = [
    path("plans/", views.plans, name="plans"),
    path("plans/upload/", views.upload, name="plan_upload"),
]
