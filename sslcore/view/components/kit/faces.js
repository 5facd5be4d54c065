// What an item of a gallery looks like: a picture, or a short text where the gallery has texts.

const LETTERS = 90; // of a text that stands for an item; all of it is in its title

/**
 * A canvas for one image of this shape [channels, height, width]; the page scales it without blur.
 * @param {number[]} shape
 * @param {string} label
 * @returns {HTMLCanvasElement & Cell}
 */
function imageCanvas([, h, w], label, className = "image") {
  const canvas = element("canvas", { width: w, height: h, class: className, role: "img", "aria-label": label });
  return Object.assign(canvas, place(canvas, 0, 0, h, w));
}

/**
 * n images side by side on ONE canvas: each canvas is a layer that the browser puts together for every frame.
 * @param {number[]} shape
 */
function stripCanvas([, h, w], n, label) {
  const canvas = element("canvas", { width: n * w, height: h, class: "image", role: "img", "aria-label": label });
  return {
    canvas,
    cells: Array.from({ length: n }, (_, i) => ({ classList: canvas.classList, ...place(canvas, i * w, 0, h, w) })),
  };
}

/** Where `paint` puts one image on a canvas. */
function place(canvas, x, y, h, w) {
  const context = canvas.getContext("2d"),
    pixels = context.createImageData(w, h);
  pixels.data.fill(255);
  return { pixels, put: () => context.putImageData(pixels, x, y) };
}

/**
 * Paint numbers in 0..255, channels last, on an imageCanvas or a cell of a strip.
 * @param {Cell} canvas
 */
function paint(canvas, values, channels) {
  const out = canvas.pixels.data;
  for (let i = 0, q = 0; q < out.length; q += 4, i += channels) {
    out[q] = values[i];
    out[q + 1] = values[channels === 1 ? i : i + 1];
    out[q + 2] = values[channels === 1 ? i : i + 2];
  }
  canvas.put();
}

/**
 * Item i of a gallery as an element: its picture, as `show` makes it, or its text.
 * @param {Store} gallery
 * @param {(gallery: Store, i: number, label: string) => HTMLElement} show
 */
function face(gallery, i, label, show = picture) {
  const { texts } = gallery.facts;
  return texts ? element("span", { class: "words", title: texts[i] }, shortened(texts[i])) : show(gallery, i, label);
}

/** Image i of a gallery that stays as it is: an <img>, which costs a frame nothing. */
function picture(gallery, i, label) {
  return element("img", { src: painted(gallery, i, "").toDataURL(), class: "image", alt: label });
}

/** Image i of a gallery on a canvas: quick to make, for what comes and goes under the pointer. */
function painted(gallery, i, label) {
  const shape = gallery.shapes.pixels.slice(1),
    canvas = imageCanvas(shape, label);
  paint(canvas, galleryImage(gallery, i), shape[0]);
  return canvas;
}

/** Image i of packed `pixels`, uint8 [n, c, h, w], channels last. */
function galleryImage(gallery, i) {
  const [, c, h, w] = gallery.shapes.pixels,
    size = h * w,
    all = gallery.arrays.pixels,
    out = new Uint8Array(c * size);
  for (let k = 0; k < c; k++) for (let p = 0; p < size; p++) out[p * c + k] = all[(i * c + k) * size + p];
  return out;
}

/** How many items a gallery has. */
const galleryCount = (gallery) => gallery.facts.texts?.length ?? gallery.shapes.pixels[0];

/** The class of item i, with its number; of a text, all of it. */
function galleryName(gallery, i) {
  const { classes, texts } = gallery.facts,
    { labels } = gallery.arrays,
    name = labels ? `${classes[labels[i]]} #${i}` : `#${i}`;
  return texts ? `${name}: ${texts[i]}` : name;
}

/** A text of at most so many letters, the last being an ellipsis where it goes on; white space is one space. */
function shortened(text, most = LETTERS) {
  const letters = Array.from(text.replace(/\s+/g, " ").trim());
  return letters.length > most
    ? `${letters
        .slice(0, most - 1)
        .join("")
        .trimEnd()}…`
    : letters.join("");
}
