"use strict";
// Terminals into nodes, several at once: xterm.js draws them, a websocket carries their bytes, and their size.
(() => {
  const token = document.body.dataset.token, room = document.querySelector(".terminals");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const theme = () => ({ background: colour("card"), foreground: colour("ink"), cursor: colour("ink"), cursorAccent: colour("card"),
    selectionBackground: colour("here"), selectionForeground: colour("ink") });
  const made = (name, text) => Object.assign(document.createElement(name), { textContent: text });

  globalThis.openTerminal = (node, opener) => {
    const card = made("article", ""), head = made("header", ""), close = made("button", "✕"), screen = made("div", "");
    card.className = "shell";
    card.setAttribute("aria-label", `Terminal in ${node}`);
    close.setAttribute("aria-label", `Close the terminal in ${node}`);
    screen.className = "screen";
    head.append(made("h2", node), made("small", "F6 leaves it"), close);
    card.append(head, screen);
    room.append(card);
    card.scrollIntoView({ block: "nearest" });

    const terminal = new Terminal({ fontFamily: '"DejaVu Sans Mono", monospace', fontSize: 17, minimumContrastRatio: 4.5,
      cursorBlink: false, theme: theme() });
    const fit = new FitAddon.FitAddon();
    terminal.loadAddon(fit);
    terminal.open(screen);
    const socket = new WebSocket(`ws://${location.host}/terminal/${encodeURIComponent(node)}?token=${encodeURIComponent(token)}`);
    socket.binaryType = "arraybuffer";
    const typedAhead = [], bytes = new TextEncoder();
    const send = (data) => {
      if (socket.readyState === WebSocket.CONNECTING) typedAhead.push(data);
      else if (socket.readyState === WebSocket.OPEN) socket.send(data);
    };
    const says = ({ rows, cols }) => send(JSON.stringify({ rows, columns: cols }));

    terminal.onData((text) => send(bytes.encode(text)));
    terminal.onBinary((text) => send(Uint8Array.from(text, (one) => one.charCodeAt(0))));
    terminal.onResize(says);
    terminal.attachCustomKeyEventHandler((event) => {
      const copies = event.ctrlKey && event.shiftKey && event.code === "KeyC" && terminal.hasSelection();
      if (event.type === "keydown" && event.key === "F6") close.focus();
      if (event.type === "keydown" && copies) document.execCommand("copy");
      if (event.key === "F6" || copies) event.preventDefault();
      return event.key !== "F6" && !copies && !(event.ctrlKey && event.shiftKey && event.code === "KeyV");
    });
    socket.addEventListener("open", () => typedAhead.forEach((data) => socket.send(data)));
    socket.addEventListener("message", ({ data }) => terminal.write(new Uint8Array(data)));
    socket.addEventListener("close", ({ reason }) => terminal.write(`\r\n[${reason || "the connection to the lab has gone"}]\r\n`));
    fit.fit();
    says(terminal);
    terminal.focus();
    const fitting = new ResizeObserver(() => fit.fit());
    fitting.observe(screen);
    const coloured = matchMedia("(prefers-color-scheme: dark)"), recolours = () => { terminal.options.theme = theme(); };
    coloured.addEventListener("change", recolours);
    close.addEventListener("click", () => {
      fitting.disconnect();
      coloured.removeEventListener("change", recolours);
      socket.close();
      terminal.dispose();
      card.remove();
      opener.focus();
    });
  };
})();
