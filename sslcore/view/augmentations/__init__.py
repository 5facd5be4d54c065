"""The augmentations page's figures, and what it is asked."""
