"""The pages of the scoring sheets and of the yearly evaluation."""
