"""Places: divisions and communities, their codes, classifications, censuses and successions."""
