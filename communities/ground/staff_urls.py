"""Addresses of the three administrators: their first page, accounts and what is done to them."""

from django.urls import path

from . import views_staff as staff

urlpatterns = [
    path("staff/", staff.duty, name="duty"),
    path("staff/rights/", staff.rights, name="staff_rights"),
    path("staff/open/", staff.open_one, name="staff_open"),
    path("staff/open/many/", staff.open_many, name="staff_open_many"),
    path("staff/open/many/template/", staff.roster_template, name="staff_template"),
    path("staff/asked/", staff.asked, name="staff_asked"),
    path("staff/<int:key>/", staff.account, name="staff_account"),
    path("staff/<int:key>/change/", staff.change, name="staff_change"),
    path("staff/<int:key>/close/", staff.close, name="staff_close"),
    path("staff/<int:key>/reopen/", staff.reopen, name="staff_reopen"),
    path("staff/<int:key>/ask/", staff.ask, name="staff_ask"),
    path("staff/<int:key>/grant/", staff.grant, name="staff_grant"),
    path("staff/<int:key>/password/", staff.password, name="staff_password"),
    path("staff/<int:key>/factor/", staff.factor, name="staff_factor"),
    path("staff/<int:key>/unlock/", staff.unlock, name="staff_unlock"),
    path("staff/<int:key>/sessions/", staff.sessions, name="staff_sessions"),
    path("staff/access/<int:key>/end/", staff.end, name="staff_end"),
    path("staff/access/<int:key>/transfer/", staff.transfer, name="staff_transfer"),
    path("staff/access/<int:key>/hand-over/", staff.hand_over, name="staff_hand_over"),
]
