// Planes of a code: an origin and two directions, and what lies on them.

/** Codes [n d] on the plane origin + x u + y v -> Float32Array [2 n]. */
function project(codes, d, { origin, u, v }) {
  const n = codes.length / d,
    out = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    let x = 0,
      y = 0;
    for (let k = 0; k < d; k++) {
      const c = codes[i * d + k] - origin[k];
      x += c * u[k];
      y += c * v[k];
    }
    out[2 * i] = x;
    out[2 * i + 1] = y;
  }
  return out;
}

/** Two deviations of N(mean, diag(e^log_var)) as it falls on a plane, an ellipse: [x, y] pairs. */
function posteriorEllipse(centre, logVar, { u, v }, deviations = 2) {
  let a = 0,
    b = 0,
    c = 0; // the projected covariance [[a, b], [b, c]]
  for (let k = 0; k < logVar.length; k++) {
    const variance = Math.exp(logVar[k]);
    a += variance * u[k] * u[k];
    b += variance * u[k] * v[k];
    c += variance * v[k] * v[k];
  }
  const mean = (a + c) / 2,
    spread = Math.hypot((a - c) / 2, b),
    turn = 0.5 * Math.atan2(2 * b, a - c),
    [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  const long = deviations * Math.sqrt(Math.max(0, mean + spread)),
    short = deviations * Math.sqrt(Math.max(0, mean - spread));
  return circled([0, 0], 1).map(([x, y]) => {
    const [p, q] = [long * x, short * y];
    return [centre[0] + p * cosine - q * sine, centre[1] + p * sine + q * cosine];
  });
}

/**
 * A closed circle in 64 steps: [x, y] pairs.
 * @param {number[]} centre
 */
function circled([x, y], radius) {
  return Array.from({ length: 65 }, (_, i) => [
    x + radius * Math.cos((i * Math.PI) / 32),
    y + radius * Math.sin((i * Math.PI) / 32),
  ]);
}

/** The plane of two principal directions of a packed code; a code of one or two dimensions is its own plane. */
function principal({ arrays, facts: { latent } }) {
  if (latent > 2)
    return { origin: arrays.mean, u: arrays.principal.subarray(0, latent), v: arrays.principal.subarray(latent) };
  return { origin: new Float32Array(latent), u: unitVector(latent, 0), v: unitVector(latent, 1) };
}

/** One along dimension k of d. */
const unitVector = (d, k) => Float32Array.from({ length: d }, (_, i) => +(i === k));

/** The colour of each image's class. */
function shadesOf(gallery) {
  const { colours } = gallery.facts,
    { labels } = gallery.arrays;
  return Array.from({ length: galleryCount(gallery) }, (_, i) => colours[labels ? labels[i] % colours.length : 0]);
}
