"""Money: allocations by stream and payer, living allowances, average wages."""
