"use strict";
// Shows what happens in the lab as the server tells it, and has the teacher's wishes carried out.
(() => {
  const token = document.body.dataset.token, $ = (selector) => document.querySelector(selector);
  const at = (path) => `${path}?token=${encodeURIComponent(token)}`;
  const told = $(".told"), proofs = $(".proofs"), report = $(".report"), next = $(".next"), end = $(".end"), state = $(".state");
  const tells = !document.documentElement.classList.contains("projector");

  const say = (name, text, kind) => {
    const element = document.createElement(name);
    element.textContent = text;
    if (kind) element.className = kind;
    told.append(element);
    told.scrollTop = told.scrollHeight;
  };
  const is = (text, bad) => { state.textContent = text; state.classList.toggle("bad", Boolean(bad)); };
  const busy = (on) => { end.disabled = !on; for (const story of document.querySelectorAll(".story")) story.disabled = on; };
  const shows = (number, frame) => {
    report.hidden = false;
    report.src = `report?token=${encodeURIComponent(token)}&part=${number}#${frame ? `frame-${frame}` : ""}`;
  };

  const on = {
    title: ({ story }) => {
      told.replaceChildren();
      proofs.replaceChildren();
      report.hidden = true;
      for (const one of document.querySelectorAll(".story")) one.toggleAttribute("aria-current", one.value === story);
      busy(true);
      is(`'${story}' is told.`);
    },
    waits: ({ question }) => {
      if (question) say("p", question, "question");
      next.disabled = false;
      if (tells && !document.activeElement?.closest(".shell")) next.focus(); // nobody is interrupted in typing
    },
    begins: ({ sentence }) => { told.replaceChildren(); say("h2", sentence); },
    typed: ({ node, command }) => say("pre", node ? `${node}$ ${command}` : `> ${command}`, "typed"),
    printed: ({ line }) => say("pre", `  ${line}`),
    ends: ({ act, frame, answer }) => { shows(act, frame); if (answer) say("p", answer, "answer"); },
    proven: ({ proofs: all, verdict, run }, number) => {
      for (const { sentence, verdict: how } of all) {
        const item = document.createElement("li");
        item.textContent = sentence;
        item.className = how;
        proofs.append(item);
      }
      shows(`proven-${number}`, 0);
      is(`${verdict}. The evidence is in ${run}.`);
    },
    trouble: ({ why }) => { say("p", why, "trouble"); is("The story came to no end.", true); },
    over: () => { busy(false); next.disabled = true; },
  };

  const events = new EventSource(at("events"));
  let number = 0;
  events.addEventListener("message", (event) => {
    number = Number(event.lastEventId);
    const { kind, ...more } = JSON.parse(event.data);
    on[kind]?.(more, number);
  });
  events.addEventListener("error", () => is("The lab's page has gone; it is looked for again.", true));
  events.addEventListener("open", () => { if (state.classList.contains("bad")) is("The page is there again."); });

  async function ask(path, body) {
    const answer = await fetch(at(path), { method: "POST", body: JSON.stringify(body ?? {}) });
    if (!answer.ok) is((await answer.text()).trim(), true);
  }
  for (const story of document.querySelectorAll(".story")) {
    story.addEventListener("click", () => ask("play", { story: story.value, stops: $(".stops").checked }));
  }
  next.addEventListener("click", () => { next.disabled = true; ask("next"); });

  end.addEventListener("click", () => { end.disabled = true; ask("end"); });

  const listed = new Map();
  function listing(node) {
    const item = document.createElement("li"), opens = document.createElement("button");
    item.append(document.createElement("span"));
    if (globalThis.openTerminal) {
      opens.textContent = ">_";
      opens.title = `A terminal in ${node}`;
      opens.setAttribute("aria-label", opens.title);
      opens.addEventListener("click", () => openTerminal(node, opens));
      item.append(opens);
    }
    listed.set(node, item);
    return item;
  }

  async function look() {
    const list = $(".nodes");
    try {
      const { nodes, trouble } = await (await fetch(at("status"))).json();
      for (const [node, how] of Object.entries(nodes)) {
        if (!listed.has(node)) list.append(listing(node));
        const item = listed.get(node);
        item.firstChild.textContent = `${node}: ${how}`;
        item.className = how === "answers" || how === "running" ? "well" : "ill";
      }
      const gone = Object.values(nodes).every((how) => how === "gone");
      if (trouble || gone) is(trouble ?? "The lab is not there any more. `./invoke up` brings it back.", true);
    } catch {
      is("The lab's page has gone.", true);
    }
    if (tells) setTimeout(look, 5000);
  }
  look();
})();
