"""What the Training page has beside its scrubber: the form that starts a training, and the trainings themselves."""
