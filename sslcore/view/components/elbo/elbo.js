// One image of a VAE in nats: what is lost of it, what its code says of it, and each number beside what it measures.

export default (args) => live(args, (root, api) => new Elbo(root, api));

class Elbo {
  /**
   * @param {HTMLElement} root
   * @param {Api} api
   */
  constructor(root, api) {
    this.api = api;
    this.painter = new Painter(api);
    const choose = (i) => {
      this.set(i);
      api.commit({ image: i });
    };
    this.field = imageField("Image", choose);
    this.sheet = imageSheet("Thumbnails", choose);
    this.pictures = element("div", { class: "row pictures" });
    this.bound = element("div", { class: "formula" });
    this.divergence = element("div", { class: "formula" });
    this.bars = element("div", { "data-part": "rate" });
    this.laws = element("div", { "data-part": "kl" });
    this.facts = null;
    /** @type {Store} */
    this.gallery = null;
    /** @type {Store} */
    this.code = null;
    /** @type {Store} */
    this.nats = null;
    this.image = 0;
    this.kl = null; // of each dimension of the image
    this.dimension = null; // that the lower line is about
    this.canvases = null; // x, its reconstruction, and what is lost
    /** @type {KlChart} */
    this.klChart = null;
    /** @type {LawChart} */
    this.lawChart = null;
    root.append(
      element("div", { class: "top" }, element("div", {}, this.field.node, this.sheet.node), this.pictures),
      this.bound,
      this.divergence,
      element("div", { class: "charts" }, this.bars, this.laws),
    );
    linked(root);
    // pointing at a bar, or reaching a term with the keyboard, chooses the dimension that the lower line is about
    const about = (event) => {
      const part = event.target.closest?.("[data-part^=kl-], [data-mark^=kl-]"),
        name = part?.dataset.part ?? part?.dataset.mark;
      if (name) this.look(+name.slice(klName("").length));
    };
    root.addEventListener("pointerover", about);
    root.addEventListener("focusin", about);
  }

  update(facts, stores, state, fresh) {
    const other = this.gallery !== stores.gallery || this.code !== stores.code;
    [this.facts, this.gallery, this.code, this.nats] = [facts, stores.gallery, stores.code, stores.nats];
    this.painter.update(stores.decoder, this.gallery.shapes.pixels.slice(1), stores.answer);
    if (other) this.lay();
    if (other || fresh) this.set(fresh ? state.image : this.image);
    else this.showLost(); // an answer of Python's has come
    if (other && !this.painter.decoder) this.api.commit({ image: this.image, ...this.painter.ended() });
  }

  lay() {
    const shape = this.gallery.shapes.pixels.slice(1),
      x = imageCanvas(shape, "The image x"),
      reconstruction = imageCanvas(shape, "Its reconstruction from the mean code"),
      lost = imageCanvas([3, ...shape.slice(1)], "What each pixel costs");
    this.canvases = { x, reconstruction, lost };
    const figure = (canvas, part, caption) =>
      element("figure", { "data-part": part }, canvas, element("figcaption", {}, caption));
    this.pictures.replaceChildren(
      figure(x, "x", "x"),
      figure(reconstruction, "distortion", "x̂ = g(μ)"),
      figure(lost, "distortion", this.facts.bernoulli ? "nats a pixel" : "squared error"),
    );
    this.destroy();
    this.bars.replaceChildren();
    this.laws.replaceChildren();
    this.klChart = new KlChart(this.bars, this.code, this.facts.active);
    this.lawChart = new LawChart(this.laws);
    this.dimension = this.klChart.dimensions[0];
  }

  /** Of dimension k of the image's posterior. */
  mu(k) {
    return this.code.arrays.vectors[this.image * this.code.facts.latent + k];
  }
  logVar(k) {
    return this.code.arrays.log_var[this.image * this.code.facts.latent + k];
  }

  set(i) {
    this.field.set(this.gallery, i);
    this.image = this.field.value;
    this.sheet.set(this.gallery, this.facts.picks, this.image);
    const d = this.code.facts.latent,
      z = this.code.arrays.vectors.subarray(this.image * d, (this.image + 1) * d);
    this.kl = Float64Array.from({ length: d }, (_, k) => gaussianKl(this.mu(k), this.logVar(k)));
    paint(this.canvases.x, galleryImage(this.gallery, this.image), this.gallery.shapes.pixels[1]);
    this.painter.show([{ canvas: this.canvases.reconstruction, z }]);
    this.showLost();
    this.klChart.show(this.kl);
    const { elbo, distortion, rate } = this.nats.arrays,
      nats = { elbo: elbo[this.image], distortion: distortion[this.image], rate: rate[this.image] };
    this.bound.replaceChildren(...boundFormulas(nats, this.kl));
    this.look(this.dimension);
  }

  showLost() {
    const { x, reconstruction, lost } = this.canvases;
    paint(lost, lostColours(x.pixels.data, reconstruction.pixels.data, this.facts), 3);
  }

  /** At dimension k. */
  look(k) {
    this.dimension = k;
    const mu = this.mu(k),
      variance = Math.exp(this.logVar(k));
    this.divergence.replaceChildren(...divergenceFormulas(k, mu, variance, this.kl[k]));
    this.lawChart.show(k, mu, Math.sqrt(variance), this.image);
  }

  destroy() {
    this.klChart?.destroy();
    this.lawChart?.destroy();
  }
}

/** KL of N(mu, e^logVar) to N(0, 1), in nats. */
const gaussianKl = (mu, logVar) => 0.5 * (mu ** 2 + Math.exp(logVar) - 1 - logVar);

/** What each pixel costs as a colour, the brighter the more, of images in 0..255 with four channels; [3 n]. */
function lostColours(x, reconstruction, facts) {
  const bernoulli = (a, b) => -(a * Math.log(Math.max(b, 1e-6)) + (1 - a) * Math.log(Math.max(1 - b, 1e-6))),
    cost = facts.bernoulli ? bernoulli : (a, b) => (a - b) ** 2,
    ink = facts.static ? (a) => +(a > 0.5) : (a) => a,
    most = facts.bernoulli ? 1.5 : 0.25,
    out = new Float32Array(0.75 * x.length);
  for (let i = 0; i < out.length; i++) {
    const q = 4 * Math.floor(i / 3),
      costs = [q, q + 1, q + 2].map((at) => cost(ink(x[at] / 255), reconstruction[at] / 255)),
      mean = (costs[0] + costs[1] + costs[2]) / 3;
    out[i] = Math.min(1, mean / most) * [230, 159, 0][i % 3] + 20;
  }
  return out;
}
