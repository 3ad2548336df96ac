"use strict";
// Shows on the map of a network which way a frame takes.
const travels = (stage, places, radius) => {
  const svg = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const at = (node) => places[node];
  const above = (node) => [at(node)[0] + at(node)[2] / 2, at(node)[1]]; // the name of a node stays readable

  return (path, heard, milliseconds) => {
    stage.replaceChildren();
    for (const node of [...path, ...heard].filter(at)) {
      const [x, y, width, height] = at(node);
      stage.append(svg("rect", { class: "spot", x: x - 5, y: y - 5, width: width + 10, height: height + 10, rx: 16 }));
    }
    const ways = heard.length ? heard.map((node) => [path[0], node]) : [path];
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const way of ways.map((nodes) => nodes.filter(at)).filter((nodes) => nodes.length > 1)) {
      const packet = svg("circle", { class: "packet", r: radius });
      const frames = way.map((node) => ({ transform: `translate(${above(node).map((one) => `${one}px`).join(",")})` }));
      packet.style.transform = frames.at(-1).transform;
      stage.append(packet);
      if (!still) packet.animate(frames, { duration: milliseconds * (way.length - 1), easing: "ease-in-out" });
    }
  };
};
