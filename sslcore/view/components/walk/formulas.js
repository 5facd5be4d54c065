/** Both ways through the code, as formulas. */
function formulas() {
  const z = (name) => msub(mi("z"), mi(name)),
    sine = (text) => mrow(mi("sin"), mo("\u2061"), ...symbols(text)),
    share = (text) => mfrac(sine(text), sine("ω")),
    left = () => symbols("z ( t ) =");
  return [
    line(...left(), ...symbols("( 1 − t )"), z("A"), mo("+"), mi("t"), z("B")),
    line(...left(), share("( 1 − t ) ω"), z("A"), mo("+"), share("t ω"), z("B")),
  ];
}
