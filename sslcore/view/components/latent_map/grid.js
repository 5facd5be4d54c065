// A map on the grid that Python made (sslcore/browser/grid.py): who is under the pointer, who is inside a lasso.

const NOWHERE = 65535, // of a point that has no place
  TOP = 65534, // the last step of the grid, and of values
  CELLS = 256;

/** xy, uint16 [n, 2] -> the points in the order of 256 x 256 cells: what lies in a part of the map is a few runs. */
function gridded(xy) {
  const n = xy.length / 2,
    start = new Uint32Array(CELLS * CELLS + 1),
    cell = (i) => (xy[2 * i + 1] >> 8) * CELLS + (xy[2 * i] >> 8);
  let left = NOWHERE,
    low = NOWHERE,
    right = 0,
    high = 0,
    there = 0;
  for (let i = 0; i < n; i++) {
    const x = xy[2 * i],
      y = xy[2 * i + 1];
    if (x === NOWHERE) continue;
    there += 1;
    start[cell(i) + 1] += 1;
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < low) low = y;
    if (y > high) high = y;
  }
  for (let c = 0; c < CELLS * CELLS; c++) start[c + 1] += start[c];
  const at = start.slice(0, -1),
    rows = new Uint32Array(there),
    x = new Uint16Array(there),
    y = new Uint16Array(there);
  for (let i = 0; i < n; i++) {
    if (xy[2 * i] === NOWHERE) continue;
    const j = at[cell(i)]++;
    [rows[j], x[j], y[j]] = [i, xy[2 * i], xy[2 * i + 1]];
  }
  return { n, xy, there, rows, x, y, start, box: there ? [left, low, right, high] : [0, 0, NOWHERE, NOWHERE] };
}

/** visit(from, to) each run of points whose cells meet a box. */
function runs({ start }, x0, y0, x1, y1, visit) {
  const cell = (v) => Math.max(0, Math.min(CELLS - 1, v >> 8)),
    left = cell(x0),
    right = cell(x1);
  for (let row = cell(y0), last = cell(y1); row <= last; row++)
    visit(start[row * CELLS + left], start[row * CELLS + right + 1]);
}

/** The row of the point nearest to (x, y) within `reach`, or -1; one that `fits` goes before one that does not. */
function nearest(grid, x, y, reach, fits) {
  const best = [-1, -1],
    room = [reach * reach, reach * reach];
  runs(grid, x - reach, y - reach, x + reach, y + reach, (from, to) => {
    for (let j = from; j < to; j++) {
      const dx = grid.x[j] - x,
        dy = grid.y[j] - y,
        distance = dx * dx + dy * dy,
        rank = fits(grid.rows[j]) ? 0 : 1;
      if (distance < room[rank] || (distance === room[rank] && best[rank] < 0))
        [room[rank], best[rank]] = [distance, grid.rows[j]];
    }
  });
  return best[0] >= 0 ? best[0] : best[1];
}

/** The nearest point to a row's own in a direction (dx, dy), within 45 degrees of it, or -1. */
function beyond(grid, row, dx, dy, fits) {
  const x = grid.xy[2 * row],
    y = grid.xy[2 * row + 1];
  let best = -1,
    room = Infinity;
  for (let j = 0; j < grid.there; j++) {
    const ax = grid.x[j] - x,
      ay = grid.y[j] - y,
      along = ax * dx + ay * dy,
      distance = ax * ax + ay * ay;
    if (along > 0 && distance < room && 2 * along * along >= distance && fits(grid.rows[j]))
      [best, room] = [grid.rows[j], distance];
  }
  return best;
}

/** Which rows lie in a polygon [x, y, x, y, ...] by the even-odd rule, in the arithmetic of Plane.inside: uint8 [n]. */
function inside({ n, xy }, polygon) {
  const within = new Uint8Array(n),
    k = polygon.length;
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let a = 0; a < k; a += 2) {
    [x0, x1] = [Math.min(x0, polygon[a]), Math.max(x1, polygon[a])];
    [y0, y1] = [Math.min(y0, polygon[a + 1]), Math.max(y1, polygon[a + 1])];
  }
  for (let i = 0; i < n; i++) {
    const x = xy[2 * i],
      y = xy[2 * i + 1];
    if (x === NOWHERE || x < x0 || x > x1 || y < y0 || y > y1) continue;
    let odd = 0;
    for (let a = 0, b = k - 2; a < k; b = a, a += 2) {
      const ax = polygon[a],
        ay = polygon[a + 1],
        bx = polygon[b],
        by = polygon[b + 1];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd ^= 1;
    }
    within[i] = odd;
  }
  return within;
}
