"""Addresses of people's numbers. None holds a number."""

from django.urls import path

from . import views

urlpatterns = [
    path("people/search/", views.search, name="people_by_number"),
    path("people/<int:key>/numbers/", views.numbers, name="person_numbers"),
    path("people/<int:key>/numbers/reveal/", views.reveal, name="person_reveal"),
    path("people/<int:key>/numbers/ask-destruction/", views.ask_destruction, name="person_ask_destruction"),
    path("people/<int:key>/numbers/keep/", views.call_off_destruction, name="person_call_off_destruction"),
    path("people/<int:key>/numbers/destroy/", views.destroy, name="person_destroy"),
]
