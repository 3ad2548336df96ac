"use strict";
// The wires: frames are recorded as they come, and shown at the pace of whoever looks.
(() => {
  const KEPT = 5000, SHOWN = 30; // frames in memory, and in the list
  const token = document.body.dataset.token, $ = (selector) => document.querySelector(selector);
  const main = $("main"), room = $(".wires"), list = $(".frames"), count = $(".count"), toggle = $(".watch"), pace = $(".pace"), pause = $(".pause");
  const map = $(".map"), home = map.parentElement, after = map.nextElementSibling;
  const travel = travels(map.querySelector("svg"), JSON.parse(map.dataset.places), Number(map.dataset.radius));
  const size = (name) => map.querySelector("img").getAttribute(name);
  map.style.setProperty("--aspect", size("width") / size("height"));
  const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
  let frames = [], came = 0, now = 0, last = 0, missed = 0, dropped = 0, trouble = "", paused = false;
  let source = null, timer = 0, painting = 0, moved = 0;

  const perSecond = () => Number(pace.value);
  const first = () => came - frames.length + 1;
  const made = (name, text, kind) => Object.assign(document.createElement(name), { textContent: text, className: kind ?? "" });

  function rowOf({ at, from, to, on, protocol, style, says, notes }) {
    const row = document.createElement("li"), time = made("time", "");
    const when = new Date(at);
    time.dateTime = when.toISOString();
    time.textContent = `${clock.format(when)}.${String(when.getMilliseconds()).padStart(3, "0")}`;
    row.append(time, made("span", `${from} → ${to.join(", ") || "nobody"}`, "way"), made("b", protocol, `is-${style}`), made("span", says, "says"));
    row.title = `on ${on}`;
    for (const note of notes) row.append(made("strong", note));
    return row;
  }
  function counted() {
    if (!came) return "Nothing has crossed a wire yet. Try something in a terminal.";
    const waiting = came - now;
    return [`frame ${now} of ${came}`, waiting && `${waiting} wait${waiting > 1 ? "" : "s"}`].filter(Boolean).join(", ");
  }
  function paint() {
    painting = 0;
    const end = now - first() + 1;
    list.replaceChildren(...frames.slice(Math.max(end - SHOWN, 0), end).map(rowOf));
    list.lastElementChild?.setAttribute("aria-current", "true");
    list.scrollTop = list.scrollHeight;
    const losses = [missed && `${missed} left the memory before they were shown`, dropped && `${dropped} were dropped by the kernel`];
    count.textContent = [counted(), ...losses.filter(Boolean), trouble].filter(Boolean).join("; ");
    const frame = frames[end - 1], since = performance.now() - moved;
    if (!frame || since < 200) return; // faster than eyes: the list alone shows them all
    moved = performance.now();
    const many = frame.to.length > 1, calm = since > 900;
    travel(many ? [frame.from] : [frame.from, ...frame.to], many ? frame.to : [], perSecond() ? 700 / perSecond() : calm ? 400 : 0);
  }
  const repaint = () => { painting ||= requestAnimationFrame(paint); };
  function goes(number) {
    now = Math.min(Math.max(number, Math.min(first(), came)), came);
    repaint();
  }
  function paces() {
    clearInterval(timer);
    timer = 0;
    pause.textContent = paused ? "▶ go on" : "❚❚ pause";
    if (!source || paused) return;
    if (perSecond()) timer = setInterval(() => { if (now < came) goes(now + 1); }, 1000 / perSecond());
    else goes(came);
  }
  function stops(frame) {
    paused = true;
    paces();
    goes(frame);
  }

  const on = {
    frame: (frame) => {
      frames.push(frame);
      came += 1;
      if (frames.length > KEPT) frames.shift();
      if (now && now < first() - 1) { missed += first() - 1 - now; now = first() - 1; }
      if (perSecond() === 0 && !paused) now = came;
    },
    dropped: ({ frames: some }) => { dropped += some; },
    trouble: ({ why }) => { trouble = why; closes(); },
  };
  function opens() {
    frames = [];
    came = now = last = missed = dropped = 0;
    trouble = "";
    source = new EventSource(`wires?token=${encodeURIComponent(token)}`);
    source.addEventListener("message", ({ lastEventId, data }) => {
      const number = Number(lastEventId), { kind, ...more } = JSON.parse(data);
      if (last && number > last + 1) missed += number - last - 1;
      last = number;
      on[kind](more);
      repaint();
    });
    source.addEventListener("error", () => { count.textContent = "The connection to the lab's page has gone; it is looked for again."; });
    source.addEventListener("open", repaint);
    paces();
  }
  function closes() {
    source?.close();
    source = null;
    paces();
  }

  toggle.addEventListener("click", () => {
    const watches = toggle.getAttribute("aria-pressed") === "false";
    toggle.setAttribute("aria-pressed", String(watches));
    room.hidden = !watches;
    main.classList.toggle("watches", watches);
    if (watches) { room.append(map); paused = false; opens(); } else { closes(); home.insertBefore(map, after); travel([], [], 0); }
  });
  pause.addEventListener("click", () => { paused = !paused; paces(); });
  pace.addEventListener("change", () => { paused = false; paces(); });
  $(".wires .back").addEventListener("click", () => stops(now - 1));
  $(".wires .step").addEventListener("click", () => stops(now + 1));
  $(".newest").addEventListener("click", () => goes(came));
  list.addEventListener("keydown", ({ key }) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (by) stops(now + by);
  });
})();
