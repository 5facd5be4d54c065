// The colours of a map's points.

// shades: classes, or steps of the ramp; then what has no value, and what is not chosen
const STEPS = 254,
  UNKNOWN = 254,
  GREYED = 255;

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
  const forced = matchMedia("(forced-colors: active)").matches,
    { background, text } = forced ? { background: "Canvas", text: "CanvasText" } : theme(root),
    ground = resolved(background),
    dark = ground[0] + ground[1] + ground[2] < 384,
    greyed = blend(ground, resolved(text), dark ? 0.26 : 0.2);
  const shade = (k) => {
    if (k === GREYED) return greyed;
    if (!valued) return channels(colours[k % colours.length]);
    return k === UNKNOWN ? [140, 140, 140] : ramp(k / (STEPS - 1), dark);
  };
  const rgb = Array.from({ length: 256 }, (_, k) => shade(k)),
    bits = ([r, g, b]) => ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;
  const edge = rgb.map((colour) => css(blend(colour, [0, 0, 0], 0.6))); // yellow is lost on white without one
  return { css: rgb.map(css), edge, pixel: Uint32Array.from(rgb, bits), ground: css(ground), text, dark };
}
