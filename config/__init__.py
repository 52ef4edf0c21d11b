"""Wiring: settings, addresses, background work, the embedded database. No behaviour of the portal lives here."""
