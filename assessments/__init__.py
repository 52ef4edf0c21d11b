"""Judging: formulas, plans, compliance, reports; each stands only on what is named before it."""
