// Walks over the steps of a story: a click or an arrow key shows one, its frames taken apart, and its way on the map.
(() => {
  const told = JSON.parse(document.getElementById("told").textContent);
  const steps = [...document.querySelectorAll(".step[data-step]")];
  const $ = (selector) => document.querySelector(selector);
  const made = (name, text, classes) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (classes) element.className = classes;
    return element;
  };
  const travel = travels($(".map svg"), told.places, told.radius);
  document.documentElement.classList.toggle("staged", parent !== window);
  let now = -1, timer = 0;

  function show(place, frame) {
    if (place < 0 || place >= steps.length) return stop();
    steps[now]?.classList.remove("now");
    now = place;
    const step = told.steps[place];
    steps[now].classList.add("now");
    steps[now].scrollIntoView({ block: "center", behavior: "auto" });
    const number = frame ?? step.frames[0];
    history.replaceState(null, "", `#frame-${number}`);
    say(step);
    takeApart(number, step.frames);
    travel(step.path, step.heard, 700 / speed());
  }

  function say(step) {
    const said = $(".said");
    said.replaceChildren(made("span", `${step.numbers} · ${step.says} · ${step.way}`));
    for (const note of step.loud) said.append(" · ", made("b", note));
  }

  function takeApart(number, others) {
    const panel = $(".panel"), frame = told.frames[number];
    panel.replaceChildren(made("h3", `Frame ${number}`));
    if (others.length > 1) panel.append(choices(number, others));
    if (!frame) return panel.append(made("p", "So large a run holds no bytes here: look for this frame in capture.pcapng."));
    panel.append(made("p", `${frame.says}, from ${frame.from} to ${frame.to.join(", ") || "nobody"}, on ${frame.on}`));
    for (const note of frame.notes) panel.append(made("p", note));
    for (const proof of frame.proofs) panel.append(made("p", `✓ ${proof}: ${told.proofs[proof - 1]}`, "passed"));
    const bytes = hex(frame.bytes);
    const telling = frame.layers.findLastIndex(([name]) => name !== "Raw" && name !== "Padding");
    frame.layers.forEach((layer, place) => panel.append(layerOf(layer, place === telling, bytes)));
    panel.append(bytes.element);
  }

  function choices(number, others) {
    const list = made("p", undefined, "frames");
    for (const other of others) {
      const link = made(other === number ? "strong" : "a", String(other));
      if (other !== number) link.href = `#frame-${other}`;
      list.append(link, " ");
    }
    return list;
  }

  function layerOf([name, begin, end, fields], open, bytes) {
    const details = made("details"), list = made("dl");
    details.open = open;
    const head = made("summary", `${name} · ${end - begin} bytes`);
    head.addEventListener("mouseenter", () => bytes.light(begin, end));
    head.addEventListener("focus", () => bytes.light(begin, end));
    for (const [field, value, first, last] of fields) {
      const row = made("div", undefined, "field");
      row.tabIndex = 0;
      row.append(made("dt", field), made("dd", value));
      for (const event of ["mouseenter", "focus", "click"]) row.addEventListener(event, () => bytes.light(first, last));
      list.append(row);
    }
    details.append(head, list);
    return details;
  }

  function hex(text) {
    const element = made("div", undefined, "bytes"), spans = [];
    element.setAttribute("aria-label", "The bytes of the frame");
    for (let at = 0; at < text.length / 2; at++) {
      if (at % 16 === 0) element.append(`${at ? "\n" : ""}${at.toString(16).padStart(4, "0")}  `);
      spans.push(made("span", text.slice(2 * at, 2 * at + 2)));
      element.append(spans[at], at % 16 === 7 ? "  " : " ");
    }
    return { element, light: (begin, end) => spans.forEach((span, at) => span.classList.toggle("lit", at >= begin && at < end)) };
  }

  const speed = () => Number($(".speed").value);
  const stop = () => { clearInterval(timer); timer = 0; $(".play").textContent = "▶ play"; };
  function play() {
    if (timer) return stop();
    $(".play").textContent = "❚❚ pause";
    show(now + 1);
    timer = setInterval(() => show(now + 1), 1800 / speed());
  }
  function actAway(by) {
    const act = (place) => steps[place]?.closest(".act");
    if (now < 0) return show(0);
    let place = now;
    while (steps[place] && act(place) === act(now)) place += by;
    if (!steps[place]) return;
    while (by < 0 && act(place - 1) === act(place)) place--;
    show(place);
  }
  const placeOf = (frame) => told.steps.findIndex((step) => step.frames.includes(frame));
  function go() {
    const frame = Number(/^#frame-(\d+)$/.exec(location.hash)?.[1]);
    if (!frame) return;
    if (placeOf(frame) >= 0) show(placeOf(frame), frame);
    else count(frame);
  }
  function count(frame) {
    const rest = [...document.querySelectorAll(".rest")].find((one) => JSON.parse(one.dataset.frames).includes(frame));
    stop();
    steps[now]?.classList.remove("now");
    now = rest ? steps.findLastIndex((step) => step.compareDocumentPosition(rest) & Node.DOCUMENT_POSITION_FOLLOWING) : -1;
    rest?.scrollIntoView({ block: "center" });
    rest?.focus();
    $(".said").textContent = rest ? `Frame ${frame} is only counted here: ${rest.textContent}` : `There is no frame ${frame} in this run.`;
    takeApart(frame, []);
  }
  function unfold(step) {
    const inside = step.nextElementSibling;
    if (!inside?.classList.contains("inside")) return;
    inside.hidden = !inside.hidden;
    step.setAttribute("aria-expanded", String(!inside.hidden));
  }

  steps.forEach((step, place) => {
    step.addEventListener("click", () => { stop(); unfold(step); show(place); });
  });
  for (const one of document.querySelectorAll(".inside [data-frame]")) {
    one.addEventListener("click", () => show(placeOf(Number(one.dataset.frame)), Number(one.dataset.frame)));
  }
  for (const one of document.querySelectorAll(".proofs li")) {
    const frames = new Set(JSON.parse(one.dataset.frames));
    const mark = (on) => told.steps.forEach((step, place) =>
      steps[place].classList.toggle("rests", on && step.frames.some((frame) => frames.has(frame))));
    for (const event of ["mouseenter", "focusin"]) one.addEventListener(event, () => mark(true));
    for (const event of ["mouseleave", "focusout"]) one.addEventListener(event, () => mark(false));
  }
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("select")) return;
    const keys = {
      ArrowRight: () => { stop(); show(now + 1); },
      ArrowLeft: () => { stop(); show(Math.max(now - 1, 0)); },
      ArrowDown: () => { stop(); actAway(1); },
      ArrowUp: () => { stop(); actAway(-1); },
      Enter: () => event.target.matches(".step") && event.target.click(),
      p: play,
    };
    const upDown = event.key === "ArrowDown" || event.key === "ArrowUp";
    if (!keys[event.key] || (upDown && now < 0)) return;
    if (event.key !== "Enter") event.preventDefault();
    keys[event.key]();
  });
  $(".play").addEventListener("click", play);
  $(".next").addEventListener("click", () => { stop(); show(now + 1); });
  $(".back").addEventListener("click", () => { stop(); show(Math.max(now - 1, 0)); });
  $(".speed").addEventListener("change", () => { if (timer) { stop(); play(); } });
  addEventListener("hashchange", go);
  go();
})();
