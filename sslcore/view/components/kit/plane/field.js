// Where a plane's points are, and which of it is far from all of them.

/**
 * Middle and half side of the square that holds all but the outermost half percent of points [2 n].
 * @returns {[number[], number]}
 */
function extent(points) {
  const ends = [0, 1].map((axis) => {
    const values = Float32Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + axis]).sort();
    const at = (q) => values[Math.round(q * (values.length - 1))];
    return [at(0.005), at(0.995)];
  });
  const half = 0.55 * Math.max(...ends.map(([low, high]) => high - low));
  return [ends.map(([low, high]) => (low + high) / 2), half > 0 ? half : 1];
}

/**
 * Which cells of a square around `middle` are far from every point: farther than 99 % of the points are from their
 * fifth neighbour (of at most 1,000 points), and than a cell.  Distances by the exact transform of Felzenszwalb &
 * Huttenlocher 2012 on the grid.
 */
function farField(points, middle, half, cells = 200) {
  const n = points.length / 2,
    low = [middle[0] - half, middle[1] - half],
    step = (2 * half) / cells;
  const squares = new Float64Array(cells * cells).fill(1e12);
  for (let i = 0; i < n; i++) {
    const column = Math.floor((points[2 * i] - low[0]) / step),
      row = Math.floor((points[2 * i + 1] - low[1]) / step);
    if (column >= 0 && row >= 0 && column < cells && row < cells) squares[row * cells + column] = 0;
  }
  const transform = lineTransform(squares, cells);
  for (let column = 0; column < cells; column++) transform(column, cells);
  for (let row = 0; row < cells; row++) transform(row * cells, 1);
  const limit = Math.max(usualDistance(points), 1.5 * step) / step,
    far = new Uint8Array(cells * cells);
  for (let i = 0; i < far.length; i++) far[i] = squares[i] > limit * limit ? 1 : 0;
  return { cells, far, low, step };
}

/** The far cells in grey, as a canvas of one pixel a cell. */
function fieldPicture({ cells, far }) {
  const canvas = element("canvas", { width: cells, height: cells }),
    context = canvas.getContext("2d"),
    image = context.createImageData(cells, cells);
  for (let row = 0; row < cells; row++)
    for (let column = 0; column < cells; column++)
      if (far[row * cells + column]) image.data.set([128, 128, 128, 90], 4 * ((cells - 1 - row) * cells + column));
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Replaces a line of `squares` by the squared distances along it, the lower envelope of a parabola for each cell. */
function lineTransform(squares, cells) {
  const line = new Float64Array(cells),
    vertex = new Int32Array(cells),
    edge = new Float64Array(cells + 1);
  const meeting = (q, v) => (line[q] + q * q - line[v] - v * v) / (2 * q - 2 * v);
  return (start, stride) => {
    for (let i = 0; i < cells; i++) line[i] = squares[start + i * stride];
    let k = 0;
    vertex[0] = 0;
    edge[0] = -Infinity;
    edge[1] = Infinity;
    for (let q = 1; q < cells; q++) {
      let s = meeting(q, vertex[k]);
      while (s <= edge[k]) s = meeting(q, vertex[--k]);
      vertex[++k] = q;
      edge[k] = s;
      edge[k + 1] = Infinity;
    }
    for (let i = 0, j = 0; i < cells; i++) {
      while (edge[j + 1] < i) j++;
      squares[start + i * stride] = (i - vertex[j]) ** 2 + line[vertex[j]];
    }
  };
}

/** The distance to the fifth neighbour that 99 % of the points do not exceed. */
function usualDistance(points, most = 1000, k = 5) {
  const n = points.length / 2,
    every = Math.max(1, Math.floor(n / most)),
    distances = [];
  for (let i = 0; i < n; i += every) {
    const near = new Array(k + 1).fill(Infinity); // itself is one of them
    for (let j = 0; j < n; j += every) {
      const square = (points[2 * i] - points[2 * j]) ** 2 + (points[2 * i + 1] - points[2 * j + 1]) ** 2;
      for (let at = 0, value = square; at <= k; at++) if (value < near[at]) [near[at], value] = [value, near[at]];
    }
    if (near[k] < Infinity) distances.push(Math.sqrt(near[k]));
  }
  distances.sort((a, b) => a - b);
  return distances.length ? distances[Math.floor(0.99 * (distances.length - 1))] : 0;
}
