// Formulas in MathML, whose parts light up with what they measure.

const mi = (text) => math("mi", {}, text);
const mo = (text) => math("mo", {}, text);
const mn = (text) => math("mn", {}, text);
const mtext = (words) => math("mtext", {}, words.replaceAll(" ", "\u00a0"));
const mrow = (...parts) => math("mrow", {}, ...parts);
const mfrac = (...parts) => math("mfrac", {}, ...parts);
const msub = (...parts) => math("msub", {}, ...parts);
const msup = (...parts) => math("msup", {}, ...parts);
const munder = (...parts) => math("munder", {}, ...parts);
const msubsup = (...parts) => math("msubsup", {}, ...parts);

/** Names, numbers and signs with spaces between them, each as what it is. */
const symbols = (text) =>
  text.split(" ").map((part) => (/^\p{L}/u.test(part) ? mi(part) : /^\d/.test(part) ? mn(part) : mo(part)));

/** A line of its own. */
const line = (...parts) => math("math", { display: "block" }, mrow(...parts));

/** A part of a formula that can be pointed at and reached with Tab; `linked` lights it up with what has its name. */
const term = (part, label, ...parts) =>
  math("mrow", { "data-part": part, tabindex: 0, role: "img", "aria-label": label }, ...parts);
