"""How numbers and days are written where Django's own table for a language is not what officials write."""
