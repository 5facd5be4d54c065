"""The page of reconstructions and samples: its words, and the codes and numbers that it shows."""
