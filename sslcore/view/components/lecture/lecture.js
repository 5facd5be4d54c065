// The lecture kit: what it does, it does to the document; a page switch builds it anew, so what lasts is in LECTURE.

const MOUNTED = new WeakMap();

export default function lecture({ data, parentElement }) {
  const mounted = MOUNTED.get(parentElement);
  if (mounted) mounted.steps = data.tour;
  else MOUNTED.set(parentElement, new Lecture(parentElement, data.tour));
  return whenGone(parentElement, () => {
    MOUNTED.get(parentElement)?.end();
    MOUNTED.delete(parentElement);
  });
}

class Lecture {
  /**
   * @param {HTMLElement} parent
   * @param {[string, string][]} steps of the tour
   */
  constructor(parent, steps) {
    this.steps = steps;
    /** @type {Tour} */
    this.tour = null;
    this.heading = null; // of the figure that was spoken of last
    this.timer = 0;
    this.ending = new AbortController();
    this.keyboard = new Keyboard(this, this.ending.signal);
    this.said = element("span", { class: "said", role: "status" });
    this.where = element("span", { class: "where" });
    this.bar = this.layBar();
    this.stage = this.layStage();
    this.root = element("div", { class: "lecture" }, this.bar, this.said, this.stage, this.keyboard.dialog);
    parent.append(this.root);
    if (!document.getElementById("sslscope-present"))
      document.head.append(element("style", { id: "sslscope-present" }, STYLE));
    const asked = new URLSearchParams(location.search);
    if (!LECTURE.presenting && asked.get("present") === "1")
      [LECTURE.presenting, LECTURE.figure] = [true, Math.max(0, (parseInt(asked.get("figure"), 10) || 1) - 1)];
    this.watch();
    this.show();
  }

  layBar() {
    const { steps } = this,
      toured = Boolean(remembered("toured")),
      begin = () => this.startTour(),
      refuse = () => {
        this.welcomed();
        this.guide.focus();
      },
      copy = async () =>
        this.tell((await copied(location.href)) ? "Copied" : "Not copied: take it from the address bar");
    this.start = button("Present", () => this.begin(), { title: "One figure at a time, in large type (f)" });
    this.guide = button("Tour", begin, { title: "What to look at on this page", hidden: !steps.length || !toured });
    this.offer = element(
      "span",
      { class: "offer", hidden: toured || !steps.length },
      button("New here? Tour", begin, { title: "A few steps, which you can leave at any time" }),
      button("×", refuse, { title: "No, thank you", "aria-label": "No tour, thank you" }),
    );
    return element(
      "div",
      { class: "bar", role: "group", "aria-label": "This page" },
      this.offer,
      this.guide,
      button("Copy link", copy, { title: "The address of this page with all its settings" }),
      this.start,
      button("?", () => this.keyboard.dialog.showModal(), { title: "Keys (?)", "aria-label": "Keys" }),
    );
  }

  layStage() {
    const previous = { title: "Previous figure (p, Page up)", "aria-label": "Previous figure" },
      next = { title: "Next figure (n, Page down)", "aria-label": "Next figure" };
    return element(
      "div",
      { class: "stage", hidden: true, role: "group", "aria-label": "Presenting" },
      button("‹", () => this.move(-1), previous),
      this.where,
      button("›", () => this.move(1), next),
      button("Leave", () => this.stop(), { title: "Leave (Esc)" }),
    );
  }

  /** Look again whenever something on the page has changed. */
  watch() {
    const soon = () => this.soon(),
      { signal } = this.ending,
      observer = new MutationObserver(soon);
    window.addEventListener("resize", soon, { signal });
    document.fonts.addEventListener("loadingdone", soon, { signal }); // a formula grows with its letters
    observer.observe(document.querySelector("[data-testid=stMain]"), { childList: true, subtree: true });
    observer.observe(document.querySelector("[data-testid=stApp]"), { attributeFilter: ["data-test-script-state"] });
    signal.addEventListener("abort", () => observer.disconnect());
  }

  soon() {
    this.timer ||= setTimeout(() => {
      this.timer = 0;
      reachable();
      this.show();
    }, 40);
  }

  tell(words) {
    this.said.textContent = words;
  }

  end() {
    this.ending.abort();
    clearTimeout(this.timer);
    this.tour?.end();
  }

  // ---- presenting ----

  begin() {
    this.tour?.end();
    [LECTURE.presenting, LECTURE.figure, LECTURE.size] = [true, 0, null];
    this.show();
  }

  stop() {
    leave();
    this.stage.hidden = true;
    this.bar.hidden = false;
    this.tell("");
    this.start.focus();
  }

  show() {
    if (!LECTURE.presenting) return;
    document.documentElement.dataset.present ??= "text";
    this.stage.hidden = false;
    this.bar.hidden = true;
    present((i, n, heading) => this.say(i, n, heading));
  }

  say(i, n, heading) {
    [this.stage.hidden, this.bar.hidden] = [false, true];
    const place = `${i + 1} / ${n}`;
    if (this.where.textContent === place && this.heading === heading) return;
    this.where.textContent = place;
    this.heading = heading;
    this.tell(`Figure ${i + 1} of ${n}: ${heading}`);
  }

  /** To another figure, or to the page after the last one and before the first. */
  move(by) {
    const last = slides(document.querySelector(PAGE)).length - 1,
      to = LECTURE.at + by;
    if (to > last) return turn(1);
    if (to < 0) return turn(-1, Infinity);
    LECTURE.figure = to;
    this.show();
  }

  // ---- the tour ----

  welcomed() {
    remember("toured", "1");
    [this.offer.hidden, this.guide.hidden] = [true, false];
  }

  startTour() {
    this.tour?.end();
    this.welcomed();
    const steps = stepsHere(this.steps);
    if (!steps.length) return;
    this.tour = new Tour(this.root, steps, () => {
      this.tour = null;
      this.guide.focus();
    });
  }
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // no permission, or not a secure address
    const field = element("textarea", {}, text);
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
