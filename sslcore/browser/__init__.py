"""What is packed for the page: arrays of a known layout, a decoder that needs no torch, maps on the grid they are drawn on."""
