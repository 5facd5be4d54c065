"""The latent-space page: a run's map as it is coloured, what is said of it, and what stands beside it."""
