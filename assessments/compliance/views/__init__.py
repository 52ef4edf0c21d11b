"""The pages of judging: plans as they are met, runs, findings, and why."""
