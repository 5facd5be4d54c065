const QUIET = { "aria-live": "off" }; // of outputs that follow a drag

/** The temperature by hand: a slider on a logarithmic scale, with a tick where the run was trained, if it has a τ. */
class TauSlider {
  /** @param {TemperatureLab} lab */
  constructor(lab) {
    this.lab = lab;
    this.value = element("output", QUIET);
    this.range = element("input", {
      type: "range",
      step: "any",
      "aria-label": "Temperature τ",
      input: () => lab.setTau(10 ** +this.range.value, true),
      change: () => lab.commit(),
    });
    this.tick = element("span", { class: "tick", "aria-hidden": "true" });
    this.reset = button("", () => {
      lab.setTau(lab.facts.trained);
      lab.commit();
    });
    this.node = element(
      "div",
      { class: "controls" },
      element("div", { class: "value", "data-part": "tau" }, "Temperature τ = ", this.value),
      element("div", { class: "slider" }, this.range, this.tick),
      this.reset,
    );
    keys(
      this.range,
      (key, event) => this.pressed(key, event),
      () => lab.commit(),
    );
  }

  prepare({ domain, trained }) {
    const [low, high] = domain.map(Math.log10);
    this.range.min = String(low);
    this.range.max = String(high);
    this.reset.hidden = this.tick.hidden = trained === null;
    if (trained === null) return;
    const share = (Math.log10(trained) - low) / (high - low);
    this.tick.style.left = `calc(8px + ${share} * (100% - 16px))`;
    this.tick.textContent = `trained at ${trained}`;
    this.tick.classList.toggle("far", share > 0.85);
    this.reset.textContent = `As in training (${trained})`;
    this.reset.disabled = this.tick.hidden = share < 0 || share > 1;
  }

  show(tau) {
    this.value.value = String(tau);
    this.range.value = String(Math.log10(tau));
    this.range.setAttribute("aria-valuetext", `τ = ${tau}`);
  }

  pressed(key, event) {
    const { tau, facts } = this.lab,
      steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[key];
    if (key === "Home" || key === "End") this.lab.setTau(facts.domain[key === "Home" ? 0 : 1]);
    else if (steps) this.lab.setTau(tau * 10 ** ((steps * (event.shiftKey ? 5 : 1)) / 50));
    else return false;
  }
}
