// A training's snapshots stand at some of its epochs; a place among them is a number in 0..last.

/** The place among the snapshots, 0..last, where an epoch lies; and the epoch of a place. */
function placeOf(epoch, epochs) {
  const next = epochs.findIndex((later) => epoch < later);
  if (next < 0) return epochs.length - 1;
  if (next === 0) return 0;
  return next - 1 + (epoch - epochs[next - 1]) / (epochs[next] - epochs[next - 1]);
}
function epochAt(place, epochs) {
  const from = Math.floor(place);
  return from === place ? epochs[from] : epochs[from] + (place - from) * (epochs[from + 1] - epochs[from]);
}

/** The snapshot nearest to an epoch. */
function snapshotNear(epoch, epochs) {
  let best = 0;
  for (let i = 1; i < epochs.length; i++) if (Math.abs(epochs[i] - epoch) < Math.abs(epochs[best] - epoch)) best = i;
  return best;
}
