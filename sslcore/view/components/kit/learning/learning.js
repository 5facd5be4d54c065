// What figures of a training share: its loss, a map by class, inputs with their reconstructions.

/** How far something has come, at a share t of its way, that begins and ends calmly. */
const eased = (t) => t * t * (3 - 2 * t);

/** The smallest box around points [2 n]: [x0, y0, x1, y1]. */
function boxAround(points) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2)
    for (const axis of [0, 1]) {
      box[axis] = Math.min(box[axis], points[i + axis]);
      box[2 + axis] = Math.max(box[2 + axis], points[i + axis]);
    }
  return box;
}

/**
 * The class and the row in the gallery of item i of a sample of it.
 * @param {Store} sample
 */
function sampleName(sample, classes, i) {
  const { labels, rows } = sample.arrays;
  return `${labels ? classes[labels[i]] : "image"} #${rows[i]}`;
}

/** A part of the figure under its title. */
const titledPane = (title, ...parts) => element("section", { class: "pane" }, element("h2", {}, title), ...parts);

/** Names and values as a list. */
function listed(rows) {
  return rows.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value)));
}

/** Fill `host` with the first r items, and under each an empty canvas of its reconstruction, which are returned. */
function pairGrid(host, gallery, shape, r, called) {
  const canvases = Array.from({ length: r }, (_, i) => imageCanvas(shape, `Reconstruction ${i + 1}`));
  host.replaceChildren(
    ...canvases.map((canvas, i) =>
      element("div", { class: "pair" }, face(gallery, i, `Input ${i + 1}: ${called(i)}`), canvas),
    ),
  );
  return canvases;
}

/** Paint images uint8 [r, c, h, w] on those canvases. */
function paintAll(canvases, pixels, shape) {
  const frame = { arrays: { pixels }, shapes: { pixels: [canvases.length, ...shape] } };
  canvases.forEach((canvas, i) => {
    paint(canvas, galleryImage(frame, i), shape[0]);
  });
}
