"""The door for Celery: once a day the keys are destroyed whose retention is over."""

from celery import shared_task

from . import actions


@shared_task(name="people.destroy_expired_keys")
def destroy_expired_keys() -> int:
    """Destroy the keys of people whose day is over; return how many."""
    return actions.destroy_expired()
