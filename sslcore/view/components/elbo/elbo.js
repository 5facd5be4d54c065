// One image of a VAE in nats: what is lost of it, what its code says of it, and each number beside what it measures.

const MOST = 64; // dimensions that have a bar
const TERMS = 5; // of the sum over dimensions that are written out
const USED = "#0072B2",
  DEAD = "#D55E00",
  GREY = "#8C8C8C";

export default (args) => live(args, build);

function build(root, api) {
  const choose = (i) => {
    set(i);
    api.commit({ image: i });
  };
  const field = imageField("Image", choose),
    sheet = imageSheet("Thumbnails", choose);
  const pictures = element("div", { class: "row pictures" }),
    whole = element("div", { class: "formula" }),
    one = element("div", { class: "formula" });
  const bars = element("div", { "data-part": "rate" }),
    laws = element("div", { "data-part": "kl" });
  root.append(
    element("div", { class: "top" }, element("div", {}, field.node, sheet.node), pictures),
    whole,
    one,
    element("div", { class: "charts" }, bars, laws),
  );
  linked(root);
  const painter = new Painter(api);
  let facts,
    gallery,
    code,
    nats,
    image = 0,
    kl,
    dimension,
    seen = [],
    canvases,
    klChart,
    lawChart;

  // pointing at a bar, or reaching a term with the keyboard, chooses the dimension that the lower line is about
  const about = (event) => {
    const part = event.target.closest?.("[data-part^=kl-], [data-mark^=kl-]"),
      name = part?.dataset.part ?? part?.dataset.mark;
    if (name) look(+name.slice(3));
  };
  root.addEventListener("pointerover", about);
  root.addEventListener("focusin", about);

  function set(i) {
    field.set(gallery, i);
    image = field.value;
    sheet.set(gallery, facts.picks, image);
    const d = code.facts.latent,
      at = (name, k) => code.arrays[name][image * d + k];
    kl = Float64Array.from(
      { length: d },
      (_, k) => 0.5 * (at("vectors", k) ** 2 + Math.exp(at("log_var", k)) - 1 - at("log_var", k)),
    );
    paint(canvases.x, galleryImage(gallery, image), gallery.shapes.pixels[1]);
    painter.show([{ canvas: canvases.made, z: code.arrays.vectors.subarray(image * d, (image + 1) * d) }]);
    lost();
    seen.forEach((k, rank) => klChart.set(`kl-${k}`, bar(k, rank)));
    klChart.axis("y", { domain: [0, 1.08 * Math.max(0.1, ...kl, ...seen.map((k) => code.arrays.importance[k]))] });
    whole.replaceChildren(...bound());
    look(dimension ?? seen[0]);
  }
  const bar = (k, rank) => ({
    kind: "bars",
    xs: [rank - 0.42, rank + 0.42],
    ys: [Math.max(0, kl[k])],
    colour: used(k) ? USED : DEAD,
    width: 0,
    opacity: 0.85,
  });
  const used = (k) => code.arrays.deviation[k] ** 2 > facts.active;

  /** What each pixel costs, as a picture: the brighter, the more nats. */
  function lost() {
    const made = canvases.made.pixels.data,
      x = canvases.x.pixels.data,
      out = new Float32Array(3 * (made.length / 4));
    const cost = (a, b) =>
      facts.bernoulli ? -(a * Math.log(Math.max(b, 1e-6)) + (1 - a) * Math.log(Math.max(1 - b, 1e-6))) : (a - b) ** 2;
    const ink = (a) => (facts.static ? +(a > 0.5) : a);
    const most = facts.bernoulli ? 1.5 : 0.25;
    for (let i = 0; i < out.length; i++) {
      const q = 4 * Math.floor(i / 3),
        mean = [0, 1, 2].reduce((sum, k) => sum + cost(ink(x[q + k] / 255), made[q + k] / 255), 0) / 3;
      out[i] = Math.min(1, mean / most) * [230, 159, 0][i % 3] + 20;
    }
    paint(canvases.lost, out, 3);
  }

  function look(k) {
    dimension = k;
    one.replaceChildren(...divergence());
    const d = code.facts.latent,
      mu = code.arrays.vectors[image * d + k],
      sigma = Math.exp(0.5 * code.arrays.log_var[image * d + k]);
    const reach = Math.max(3.5, Math.abs(mu) + 3.5 * sigma),
      xs = Array.from({ length: 241 }, (_, i) => reach * (i / 120 - 1));
    const normal = (m, s) => xs.map((x) => Math.exp(-0.5 * ((x - m) / s) ** 2) / (s * Math.sqrt(2 * Math.PI)));
    lawChart.axis("x", { domain: [-reach, reach], title: `z${k}` });
    lawChart.axis("y", { domain: [0, 1.08 * Math.max(0.4, 0.4 / sigma)] });
    lawChart.set("prior", { kind: "line", xs, ys: normal(0, 1), colour: GREY, dash: "6 4", title: "prior N(0, 1)" });
    lawChart.set("posterior", {
      kind: "area",
      fill: true,
      xs,
      ys: normal(mu, sigma),
      colour: USED,
      title: `posterior of z${k}, image ${image}`,
    });
  }

  /** The bound of this image, and its rate as a sum over dimensions. */
  function bound() {
    const { elbo, distortion, rate } = Object.fromEntries(
      Object.entries(nats.arrays).map(([name, values]) => [name, values[image]]),
    );
    const terms = Array.from(kl.keys()).sort((a, b) => kl[b] - kl[a]),
      first = terms.slice(0, TERMS),
      rest = terms.slice(TERMS).reduce((sum, k) => sum + kl[k], 0);
    const under = (value, text) => math("munder", {}, mn(value), math("mtext", {}, text));
    return [
      line(
        mi("log p"),
        mo("("),
        mi("x"),
        mo(")"),
        mo("≥"),
        mi("ELBO"),
        mo("="),
        mo("−"),
        part("distortion", `distortion ${signed(distortion)} nats`, under(distortion, "distortion")),
        mo("−"),
        part("rate", `rate ${signed(rate)} nats`, under(rate, "rate")),
        mo("="),
        mn(elbo),
        math("mtext", {}, "\u00a0nats"),
      ),
      line(
        mi("rate"),
        mo("="),
        math("munder", {}, mo("∑"), mi("k")),
        math("msub", {}, mi("KL"), mi("k")),
        mo("="),
        ...first.flatMap((j, i) => [
          i ? mo("+") : null,
          part(
            `kl-${j}`,
            `KL of dimension ${j}: ${signed(kl[j])} nats`,
            math("munder", {}, mn(kl[j]), math("msub", {}, mi("z"), mi(String(j)))),
          ),
        ]),
        ...(terms.length > TERMS ? [mo("+"), under(rest, `${terms.length - TERMS} more`)] : []),
        mo("="),
        mn(rate),
        math("mtext", {}, "\u00a0nats"),
      ),
    ];
  }

  /** The KL of the dimension that is looked at. */
  function divergence() {
    const d = code.facts.latent,
      k = dimension,
      mu = code.arrays.vectors[image * d + k],
      variance = Math.exp(code.arrays.log_var[image * d + k]);
    const half = () => math("mfrac", {}, math("mn", {}, "1"), math("mn", {}, "2")),
      square = (a) => math("msubsup", {}, mi(a), mi(String(k)), math("mn", {}, "2"));
    const sum = (first, second) => [
      half(),
      mo("("),
      first,
      mo("+"),
      second(),
      mo("−"),
      math("mn", {}, "1"),
      mo("−"),
      mi("log"),
      math("mspace", { width: "0.17em" }),
      second(),
      mo(")"),
      mo("="),
    ];
    return [
      line(
        part("kl", `KL of dimension ${k}`, math("msub", {}, mi("KL"), math("mn", {}, String(k)))),
        mo("="),
        ...sum(square("μ"), () => square("σ")),
      ),
      line(
        ...sum(math("msup", {}, math("mrow", {}, mo("("), mn(mu), mo(")")), math("mn", {}, "2")), () =>
          math("mn", {}, digits(variance, 3)),
        ),
        part(`kl-${k}`, `${digits(kl[k], 3)} nats`, math("mn", {}, digits(kl[k], 3))),
        math("mtext", {}, "\u00a0nats"),
      ),
    ];
  }

  function lay() {
    const shape = gallery.shapes.pixels.slice(1),
      colour = [3, shape[1], shape[2]];
    canvases = {
      x: imageCanvas(shape, "The image x"),
      made: imageCanvas(shape, "Its reconstruction from the mean code"),
      lost: imageCanvas(colour, "What each pixel costs"),
    };
    const figure = (canvas, part, ...caption) =>
      element("figure", { "data-part": part }, canvas, element("figcaption", {}, ...caption));
    pictures.replaceChildren(
      figure(canvases.x, "x", "x"),
      figure(canvases.made, "distortion", "x̂ = g(μ)"),
      figure(canvases.lost, "distortion", facts.bernoulli ? "nats a pixel" : "squared error"),
    );
    seen = Array.from(code.arrays.order).slice(0, MOST);
    dimension = undefined;
    klChart?.destroy();
    lawChart?.destroy();
    bars.replaceChildren();
    laws.replaceChildren();
    const last = seen.length - 0.5,
      every = Math.ceil(seen.length / 32);
    klChart = chart(bars, {
      height: 300,
      label: "KL of each dimension of this image, beside the mean over all images",
      x: {
        title: "dimension of z, by mean KL",
        domain: [-0.5, last],
        ticks: seen.map((_, rank) => rank).filter((rank) => rank % every === 0),
        format: (rank) => seen[rank],
      },
      y: { title: "KL, nats", domain: [0, 1] },
    });
    lawChart = chart(laws, {
      height: 300,
      label: "Posterior of one dimension against the prior",
      x: { domain: [-3.5, 3.5] },
      y: { title: "density", domain: [0, 1] },
    });
    const mean = seen.map((k) => code.arrays.importance[k]);
    seen.forEach((k, rank) =>
      klChart.set(`kl-${k}`, { kind: "bars", xs: [rank - 0.42, rank + 0.42], ys: [0], colour: USED, width: 0 }),
    );
    klChart.set("mean", {
      kind: "dots",
      xs: mean.map((_, rank) => rank),
      ys: mean,
      colour: GREY,
      radius: 4,
      symbol: "diamond",
      title: "mean over all images",
    });
    const key = (colour, title) => klChart.set(title, { kind: "dots", xs: [], ys: [], colour, title });
    key(USED, "this image, in use");
    if (seen.some((k) => !used(k))) key(DEAD, "this image, dead dimension");
  }

  return {
    update(given, stores, state, fresh) {
      facts = given;
      const other = gallery !== stores.gallery || code !== stores.code;
      ({ gallery, code, nats } = stores);
      painter.update(stores.decoder, gallery.shapes.pixels.slice(1), stores.answer);
      if (other) lay();
      if (other || fresh) set(fresh ? state.image : image);
      else lost(); // an answer of Python's has come
      if (other && !painter.decoder) api.commit({ image, ...painter.ended() });
    },
    destroy: () => {
      klChart?.destroy();
      lawChart?.destroy();
    },
  };
}

const mi = (text) => math("mi", {}, text),
  mo = (text) => math("mo", {}, text),
  mn = (value) => math("mn", {}, signed(value));
const signed = (value) => value.toFixed(Math.abs(value) < 10 ? 2 : 1).replace("-", "−");
const line = (...inside) => math("math", { display: "block" }, math("mrow", {}, ...inside));
const part = (name, label, ...inside) =>
  math("mrow", { "data-part": name, tabindex: 0, role: "img", "aria-label": label }, ...inside);
