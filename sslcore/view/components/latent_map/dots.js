// Points as pixels, as shapes and as thumbnails.

// shades: classes, or steps of the ramp; then what has no value, and what is not chosen
const STEPS = 254,
  UNKNOWN = 254,
  GREYED = 255;
const SHAPED = 5000; // this many points in sight or fewer are shapes; more are pixels
const TILE = 36; // the side of a thumbnail, in CSS pixels

const CIVIDIS = [
  "#00224e",
  "#123570",
  "#3b496c",
  "#575d6d",
  "#707173",
  "#8a8678",
  "#a59c74",
  "#c3b369",
  "#e1cc55",
  "#fee838",
];
const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
const css = (rgb) => `rgb(${rgb.map(Math.round).join(",")})`;
const blend = (a, b, t) => a.map((v, i) => v + t * (b[i] - v));

/** The ramp at t in 0..1; on a dark page it begins a little later, where it can be seen. */
function ramp(t, dark) {
  const at = (dark ? 0.15 + 0.85 * t : t) * (CIVIDIS.length - 1),
    i = Math.min(CIVIDIS.length - 2, Math.floor(at));
  return blend(channels(CIVIDIS[i]), channels(CIVIDIS[i + 1]), at - i);
}

/** Any CSS colour as [red, green, blue]. */
function resolved(colour) {
  const context = element("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
}

/** The 256 shades: {css, pixel}, as words and as the 32 bits of a pixel. */
function palette(root, colours, valued) {
  const forced = matchMedia("(forced-colors: active)").matches;
  const { background, text } = forced ? { background: "Canvas", text: "CanvasText" } : theme(root),
    ground = resolved(background),
    dark = ground[0] + ground[1] + ground[2] < 384;
  const greyed = blend(ground, resolved(text), dark ? 0.26 : 0.2);
  const rgb = Array.from({ length: 256 }, (_, k) =>
    k === GREYED
      ? greyed
      : valued && k === UNKNOWN
        ? [140, 140, 140]
        : valued
          ? ramp(k / (STEPS - 1), dark)
          : channels(colours[k % colours.length]),
  );
  const pixel = Uint32Array.from(
    rgb,
    ([r, g, b]) => ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0,
  );
  const edge = rgb.map((colour) => css(blend(colour, [0, 0, 0], 0.6))); // yellow is lost on white without one
  return { css: rgb.map(css), edge, pixel, ground: css(ground), text, dark };
}

// corners on the unit circle, each shape then scaled to the circle's area
const ring = (n, turn = 0, dent = null) =>
  Array.from({ length: dent ? 2 * n : n }, (_, i) => {
    const angle = turn + (i * Math.PI) / (dent ? n : n / 2),
      r = dent && i % 2 ? dent : 1;
    return [r * Math.cos(angle), r * Math.sin(angle)];
  });
const plus = (turn) =>
  [
    [1, 3],
    [1, 1],
    [3, 1],
    [3, -1],
    [1, -1],
    [1, -3],
    [-1, -3],
    [-1, -1],
    [-3, -1],
    [-3, 1],
    [-1, 1],
    [-1, 3],
  ].map(([x, y]) => [x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn)]);
const UP = -Math.PI / 2;
const SHAPES = [
  null,
  ring(4, Math.PI / 4),
  ring(4),
  ring(3, UP),
  plus(0),
  plus(Math.PI / 4),
  ring(5, UP, 0.5),
  ring(3, -UP),
  ring(5, UP),
  ring(6, UP, 0.65),
].map((corners) => {
  if (!corners) return null;
  const area =
      Math.abs(
        corners.reduce((sum, [x, y], i) => {
          const [u, v] = corners[(i + 1) % corners.length];
          return sum + x * v - u * y;
        }, 0),
      ) / 2,
    scale = Math.sqrt(Math.PI / area);
  return corners.map(([x, y]) => [x * scale, y * scale]);
});

/** Class k's shape: beyond ten classes colours return with another shape. */
const shapeOf = (k) => SHAPES[(k + Math.floor(k / 10)) % SHAPES.length];

/** Trace a shape of the area of a circle of this radius. */
function outline(context, corners, x, y, radius) {
  context.beginPath();
  if (!corners) context.arc(x, y, radius, 0, 2 * Math.PI);
  else corners.forEach(([u, v], i) => context[i ? "lineTo" : "moveTo"](x + radius * u, y + radius * v));
  context.closePath();
}

/** One dot as a small canvas, ready to be stamped. */
function sprite(colours, shade, shaped, radius, ratio) {
  const side = 2 * Math.ceil((radius * 1.6 + 1.5) * ratio),
    canvas = element("canvas", { width: side, height: side });
  const context = canvas.getContext("2d");
  outline(
    context,
    shaped && shade !== GREYED ? shapeOf(shade) : null,
    side / 2,
    side / 2,
    radius * ratio * (shade === GREYED ? 0.8 : 1),
  );
  context.fillStyle = colours.css[shade];
  context.fill();
  context.lineWidth = 0.75 * ratio;
  context.strokeStyle = shade === GREYED || colours.dark ? colours.ground : colours.edge[shade];
  context.stroke();
  return canvas;
}

/** Every picture on one canvas, in rows of `columns`. */
function atlas(gallery) {
  const [n, c, h, w] = gallery.shapes.pixels,
    columns = Math.ceil(Math.sqrt(n)),
    all = gallery.arrays.pixels,
    size = h * w;
  const canvas = element("canvas", { width: columns * w, height: Math.ceil(n / columns) * h }),
    context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height),
    out = new Uint32Array(picture.data.buffer);
  const [green, blue] = c === 3 ? [size, 2 * size] : [0, 0];
  for (let i = 0; i < n; i++) {
    const corner = Math.floor(i / columns) * h * canvas.width + (i % columns) * w,
      from = i * c * size;
    for (let p = 0; p < size; p++) {
      const q = from + p;
      out[corner + Math.floor(p / w) * canvas.width + (p % w)] =
        ((255 << 24) | (all[q + blue] << 16) | (all[q + green] << 8) | all[q]) >>> 0;
    }
  }
  context.putImageData(picture, 0, 0);
  return { canvas, w, h, place: (i) => [(i % columns) * w, Math.floor(i / columns) * h] };
}

/**
 * Which rows show their thumbnails at `scale` pixels a step of the grid, so that none overlaps another: `first` before
 * the others, and these in their order, so that zooming in adds pictures and moves none.
 */
function decluttered(grid, scale, first) {
  const room = TILE + 4,
    wide = Math.ceil((NOWHERE * scale) / room) + 3,
    taken = new Int32Array(wide * wide).fill(-1),
    shown = [];
  const put = (i) => {
    const qx = grid.xy[2 * i],
      qy = grid.xy[2 * i + 1];
    if (qx === NOWHERE) return;
    const x = qx * scale,
      y = qy * scale,
      column = Math.floor(x / room) + 1,
      row = Math.floor(y / room) + 1;
    for (let r = row - 1; r <= row + 1; r++)
      for (let c = column - 1; c <= column + 1; c++) {
        const other = taken[r * wide + c];
        if (
          other >= 0 &&
          Math.abs(grid.xy[2 * other] * scale - x) < room &&
          Math.abs(grid.xy[2 * other + 1] * scale - y) < room
        )
          return;
      }
    taken[row * wide + column] = i;
    shown.push(i);
  };
  for (const i of first) put(i);
  for (let i = 0; i < grid.n; i++) put(i);
  return shown;
}
