"""Speed tables, each beside the loop that a learner would write."""
