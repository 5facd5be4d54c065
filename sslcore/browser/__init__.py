"""What is packed for the page: arrays, a decoder that needs no torch, maps on the grid they are drawn on."""
