"""Self-supervised learning in small pieces: data, views, objectives, training, evaluation, maps."""
