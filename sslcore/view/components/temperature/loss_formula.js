const indices = (under) => mrow(...Array.from(under, mi));
const indexed = (name, under) => msub(mi(name), indices(under));
const exp = (power) => msup(mi("e"), power);

/** A number in MathML, with a power of ten where it is very small or large. */
function numeral(text) {
  const [lead, power] = text.split("e"),
    minus = (digits) => digits.replace("+", "").replace("-", "−");
  return power ? [mn(minus(lead)), mo("·"), msup(mn("10"), mn(minus(power)))] : [mn(minus(lead))];
}

/** InfoNCE for one anchor, each line with its numbers; a symbol carries the part that it measures. */
class LossFormula {
  constructor() {
    this.slots = {}; // by the number's name, where it stands
    this.shown = {}; // by name, as it is written
    this.remark = element("div", { class: "note" });
    const lines = [...this.loss(), ...this.weights(), ...this.slopes(), this.uniform()].map((parts) =>
      element("div", {}, math("math", { displaystyle: "true" }, mrow(...parts))),
    );
    this.node = element("div", { class: "formula" }, ...lines, this.remark);
  }

  /** A place for a number. */
  number(name) {
    const slot = mrow();
    this.slots[name] = [...(this.slots[name] ?? []), slot];
    return slot;
  }

  set(values, remark) {
    for (const [name, text] of Object.entries(values)) {
      if (text === this.shown[name]) continue;
      this.shown[name] = text;
      for (const slot of this.slots[name]) slot.replaceChildren(...numeral(text));
    }
    this.remark.textContent = remark;
  }

  loss() {
    const positive = term("positive", "s i i, the cosine of the anchor and its positive", indexed("s", "ii")),
      candidates = [munder(mo("∑"), mi("k")), shareOf("ik")],
      number = (name) => this.number(name);
    return [
      [
        term("probability", "minus log P i i, the anchor's loss", minusLog()),
        ...symbols("= −"),
        mfrac(positive, tau()),
        ...symbols("+ log"),
        term("weights", "sum over all candidates of e to s i k over tau", ...candidates),
      ],
      [
        ...symbols("= −"),
        mfrac(number("positive"), number("tau")),
        mo("+"),
        number("logSum"),
        mo("="),
        number("loss"),
        mtext(" nats,   "),
        term("probability", "P i i, the positive's probability", indexed("P", "ii")),
        mo("="),
        number("probability"),
      ],
    ];
  }

  weights() {
    const others = (k) => munder(mo("∑"), mrow(mi(k), mo("≠"), mi("i"))),
      hardest = term("hardest", "s i h, the cosine of the anchor and its hardest negative", indexed("s", "ih")),
      square = msubsup(mi("r"), indices("ij"), mn("2"));
    return [
      [
        term("weight", "r i h, the weight of the hardest negative", indexed("r", "ih")),
        mo("="),
        mfrac(exp(mrow(hardest, mo("/"), tau())), mrow(others("k"), shareOf("ik"))),
        mo("="),
        this.number("weight"),
      ],
      [
        term("effective", "effective number of negatives, one over the sum of squared weights", mtext("effective")),
        mo("="),
        mfrac(mn("1"), mrow(others("j"), term("weights", "r i j, the weight of negative j", square))),
        mo("="),
        this.number("effective"),
        mtext(" of "),
        this.number("m"),
      ],
    ];
  }

  slopes() {
    const slope = (below) => mfrac(mrow(mi("∂"), mo("("), minusLog(), mo(")")), mrow(mi("∂"), below));
    return [
      [
        term("pull", "slope of the loss at s i i", slope(indexed("s", "ii"))),
        ...symbols("= −"),
        mfrac(mrow(...symbols("1 −"), indexed("P", "ii")), mi("τ")),
        mo("="),
        this.number("minusPull"),
      ],
      [
        term("push", "slope of the loss at s i h", slope(indexed("s", "ih"))),
        mo("="),
        mfrac(indexed("P", "ih"), mi("τ")),
        mo("="),
        this.number("push"),
      ],
    ];
  }

  uniform() {
    const power = mrow(...symbols("− 1 / ( d"), msup(mi("τ"), mn("2")), mo(")"));
    return [
      mtext("uniform negatives: "),
      term("formula", "effective negatives if they were uniform on the sphere", mi("m"), exp(power)),
      mo("="),
      this.number("uniform"),
    ];
  }
}

const tau = () => term("tau", "tau, the temperature", mi("τ"));
const minusLog = () => mrow(...symbols("− log"), mo("\u2061"), indexed("P", "ii"));
const shareOf = (under) => exp(mrow(indexed("s", under), mo("/"), mi("τ")));
