// Points as shapes, one for each class.

// corners on the unit circle
const ring = (n, turn = 0, dent = null) =>
  Array.from({ length: dent ? 2 * n : n }, (_, i) => {
    const angle = turn + (i * Math.PI) / (dent ? n : n / 2),
      r = dent && i % 2 ? dent : 1;
    return [r * Math.cos(angle), r * Math.sin(angle)];
  });
/** @param {number[]} corner */
const rotated = ([x, y], turn) => [x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn)];
const plus = (turn) =>
  [0, 1, 2, 3].flatMap((quarter) =>
    [
      [1, 3],
      [1, 1],
      [3, 1],
    ].map((corner) => rotated(corner, turn - (quarter * Math.PI) / 2)),
  );

/** Corners scaled so that they enclose the unit circle's area. */
function scaledToCircle(corners) {
  const crossed = corners.map(([x, y], i) => {
    const [u, v] = corners[(i + 1) % corners.length];
    return x * v - u * y;
  });
  const area = Math.abs(crossed.reduce((a, b) => a + b, 0)) / 2,
    scale = Math.sqrt(Math.PI / area);
  return corners.map(([x, y]) => [x * scale, y * scale]);
}

const UP = -Math.PI / 2;
const POLYGONS = [
  ring(4, Math.PI / 4),
  ring(4),
  ring(3, UP),
  plus(0),
  plus(Math.PI / 4),
  ring(5, UP, 0.5),
  ring(3, -UP),
  ring(5, UP),
  ring(6, UP, 0.65),
];
const SHAPES = [null, ...POLYGONS.map(scaledToCircle)]; // the first is a circle

/** Class k's shape: beyond ten classes colours return with another shape. */
const shapeOf = (k) => SHAPES[(k + Math.floor(k / 10)) % SHAPES.length];

/** Trace a shape of the area of a circle of this radius. */
function outline(context, corners, x, y, radius) {
  context.beginPath();
  if (!corners) context.arc(x, y, radius, 0, 2 * Math.PI);
  else for (const [u, v] of corners) context.lineTo(x + radius * u, y + radius * v);
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
