const TERMS = 5; // of the sum over dimensions that are written out

const signed = (value) => value.toFixed(Math.abs(value) < 10 ? 2 : 1).replace("-", "−");
const number = (value) => mn(signed(value));
const klName = (k) => `kl-${k}`; // of the parts that are about dimension k

/** The bound of an image, and its rate as a sum over dimensions, most first. */
function boundFormulas({ elbo, distortion, rate }, kl) {
  const under = (value, words) => munder(number(value), mtext(words)),
    nats = () => mtext(" nats"),
    dimensions = Array.from(kl.keys()).sort((a, b) => kl[b] - kl[a]),
    others = dimensions.slice(TERMS),
    rest = others.reduce((sum, k) => sum + kl[k], 0);
  const summand = (k) =>
    term(klName(k), `KL of dimension ${k}: ${signed(kl[k])} nats`, munder(number(kl[k]), msub(mi("z"), mi(String(k)))));
  return [
    line(
      mi("log p"),
      ...symbols("( x ) ≥ ELBO = −"),
      term("distortion", `distortion ${signed(distortion)} nats`, under(distortion, "distortion")),
      mo("−"),
      term("rate", `rate ${signed(rate)} nats`, under(rate, "rate")),
      mo("="),
      number(elbo),
      nats(),
    ),
    line(
      ...symbols("rate ="),
      munder(mo("∑"), mi("k")),
      msub(mi("KL"), mi("k")),
      mo("="),
      ...dimensions.slice(0, TERMS).flatMap((k, i) => (i ? [mo("+"), summand(k)] : [summand(k)])),
      ...(others.length ? [mo("+"), under(rest, `${others.length} more`)] : []),
      mo("="),
      number(rate),
      nats(),
    ),
  ];
}

/** The KL of dimension k, of N(mu, variance) to the prior, in symbols and in numbers. */
function divergenceFormulas(k, mu, variance, kl) {
  const half = () => mfrac(mn("1"), mn("2")),
    square = (name) => msubsup(mi(name), mi(String(k)), mn("2")),
    sum = (first, second) => [
      half(),
      mo("("),
      first,
      mo("+"),
      second(),
      ...symbols("− 1 − log"),
      math("mspace", { width: "0.17em" }),
      second(),
      ...symbols(") ="),
    ];
  const name = term("kl", `KL of dimension ${k}`, msub(mi("KL"), mn(String(k)))),
    result = term(klName(k), `${digits(kl, 3)} nats`, mn(digits(kl, 3))),
    squared = msup(mrow(mo("("), number(mu), mo(")")), mn("2"));
  return [
    line(name, mo("="), ...sum(square("μ"), () => square("σ"))),
    line(...sum(squared, () => mn(digits(variance, 3))), result, mtext(" nats")),
  ];
}
