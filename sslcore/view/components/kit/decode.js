// A run's decoder (sslcore/browser/decoder.py), evaluated where the pointer is.

class Decoder {
  constructor({ facts, arrays }) {
    this.shape = facts.shape; // channels, height, width
    this.latent = facts.latent;
    this.layers = facts.layers.map((layer, i) => ({
      ...layer,
      weight: arrays[`${i}.weight`],
      bias: arrays[`${i}.bias`],
      output: new Float32Array(layer.kind === "linear" ? layer.out : layer.to[0] * layer.to[1] * layer.out),
    }));
    const widest = Math.max(...this.layers.map((layer) => layer.in));
    this.places = new Int32Array(widest); // of the inputs that are not zero, after ReLU about half of them
    this.values = new Float32Array(widest);
  }

  /** A code [latent] -> pixels 0..255, channels last; the array is overwritten by the next call. */
  decode(z) {
    let x = z;
    for (const layer of this.layers) {
      if (layer.kind === "linear") this.linear(layer, x);
      else this.deconv(layer, x);
      x = layer.output;
      if (layer.activation === "relu") for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0;
      if (layer.activation === "silu") for (let i = 0; i < x.length; i++) x[i] /= 1 + Math.exp(-x[i]);
    }
    for (let i = 0; i < x.length; i++) x[i] = 255 / (1 + Math.exp(-x[i]));
    return x;
  }

  linear({ weight, bias, output }, x) {
    output.set(bias);
    this.gather(x, 0, x.length);
    this.add(output, 0, output.length, weight, 0);
  }

  deconv(layer, x) {
    const {
        weight,
        bias,
        output,
        in: channels,
        out,
        kernel: [kh, kw],
      } = layer,
      [h, w] = layer.from,
      [H, W] = layer.to;
    for (let q = 0; q < output.length; q += out) output.set(bias, q);
    for (let row = 0; row < h; row++)
      for (let column = 0; column < w; column++) {
        this.gather(x, (row * w + column) * channels, channels);
        for (let ky = 0; ky < kh; ky++) {
          const Y = 2 * row + ky - 1;
          if (Y < 0 || Y >= H) continue;
          for (let kx = 0; kx < kw; kx++) {
            const X = 2 * column + kx - 1;
            if (X >= 0 && X < W) this.add(output, (Y * W + X) * out, out, weight, (ky * kw + kx) * channels * out);
          }
        }
      }
  }

  gather(x, start, n) {
    let count = 0;
    for (let i = 0; i < n; i++)
      if (x[start + i] !== 0) {
        this.places[count] = i;
        this.values[count++] = x[start + i];
      }
    this.count = count;
  }

  /** output[q ..] += the gathered inputs times their rows of the weight; four rows at a time touch the output once. */
  add(output, q, width, weight, start) {
    const { places, values, count } = this;
    let i = 0;
    for (; i + 3 < count; i += 4) {
      const a = values[i],
        b = values[i + 1],
        c = values[i + 2],
        d = values[i + 3];
      const pa = start + places[i] * width,
        pb = start + places[i + 1] * width,
        pc = start + places[i + 2] * width,
        pd = start + places[i + 3] * width;
      for (let o = 0; o < width; o++)
        output[q + o] += a * weight[pa + o] + b * weight[pb + o] + c * weight[pc + o] + d * weight[pd + o];
    }
    for (; i < count; i++) {
      const a = values[i],
        pa = start + places[i] * width;
      for (let o = 0; o < width; o++) output[q + o] += a * weight[pa + o];
    }
  }
}

const coded = (z) => Float32Array.from(z).join(); // as Python reads it

/**
 * Paints decoded codes.  With a decoder, at once.  Without one (too large for a browser) the pictures pale, and `ended`
 * asks Python, which answers with a store of pixels.
 */
class Painter {
  constructor(api) {
    this.api = api;
    this.waiting = [];
    this.known = new Map(); // the last answer: pixels by code
  }
  update(decoder, shape, answer) {
    if (this.store !== decoder) {
      this.store = decoder;
      this.decoder = decoder ? new Decoder(decoder) : null;
    }
    this.shape = shape;
    if (answer && answer !== this.answer) {
      this.answer = answer;
      const { codes, pixels } = answer.arrays,
        [n, d] = answer.shapes.codes,
        size = pixels.length / n;
      this.known = new Map(
        Array.from({ length: n }, (_, i) => [
          coded(codes.subarray(i * d, (i + 1) * d)),
          pixels.subarray(i * size, (i + 1) * size),
        ]),
      );
      this.show(this.waiting); // only what is still asked for: the hand may have gone on
    }
  }
  /** Show these codes: [{canvas, z}]. */
  show(pairs) {
    if (this.decoder) for (const { canvas, z } of pairs) paint(canvas, this.decoder.decode(z), this.shape[0]);
    else {
      this.waiting = pairs.map(({ canvas, z }) => ({ canvas, z: Array.from(z) }));
      for (const { canvas, z } of this.waiting) {
        const pixels = this.known.get(coded(z));
        if (pixels) paint(canvas, pixels, this.shape[0]);
        canvas.classList.toggle("waiting", !pixels);
      }
    }
  }
  /** What to commit when a gesture has ended. */
  ended() {
    return this.decoder ? {} : { _codes: this.waiting.flatMap(({ z }) => z) };
  }
}
