"use strict";
// The page of a graph. Everything that comes from the data is set through textContent, never as markup.
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const colours = { Paper: "#6e7781", Method: "#0969da", Dataset: "#1a7f37", Task: "#9a6700", Metric: "#8250df", Link: "#bf3989" };
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const nameOf = (node) => node.title || node.name || node.url || "";
  const papersOf = (node) => (node.n_papers === undefined ? Infinity : node.n_papers);
  const shown = new Set(data.kinds);
  const neighbours = data.nodes.map(() => []);
  data.edges.forEach((edge, number) => {
    neighbours[edge.from].push(number);
    if (edge.to !== edge.from) neighbours[edge.to].push(number);
  });

  function element(name, text, parent) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (parent) parent.append(made);
    return made;
  }

  const short = (text) => (text.length > 32 ? text.slice(0, 31) + "…" : text);
  const nodes = new vis.DataSet(data.nodes.map((node, number) => ({
    id: number, x: node.x, y: node.y,
    shape: node.kind === "Paper" ? "square" : "dot",
    size: node.kind === "Paper" ? 5 : 5 + 2.5 * Math.sqrt(node.degree),
    color: colours[node.kind],
    label: node.kind === "Paper" || node.degree < 3 ? undefined : short(nameOf(node)),
    font: { color: dark ? "#e6edf3" : "#1b1f24", size: Math.min(70, 8 + 6 * Math.sqrt(node.degree)) },
  })));
  const edges = new vis.DataSet(data.edges.map((edge, number) => ({
    id: number, from: edge.from, to: edge.to, color: { color: dark ? "#30363d" : "#d8dee4", highlight: "#fb8500" }, width: 0.6,
  })));
  const isShown = (number) => shown.has(data.nodes[number].kind) && papersOf(data.nodes[number]) >= Number(byId("papers").value || 1);
  const view = new vis.DataView(nodes, { filter: (item) => isShown(item.id) });
  const network = new vis.Network(byId("graph"), { nodes: view, edges }, {
    physics: false, layout: { improvedLayout: false }, edges: { smooth: false },
    nodes: { scaling: { label: { drawThreshold: 7 } } },
    interaction: { hideEdgesOnDrag: true, hideEdgesOnZoom: true, hover: false, keyboard: false },
  });

  function refresh() {
    view.refresh();
    byId("count").textContent = view.length + " of " + data.nodes.length + " nodes";
  }

  function choose(number) {
    show(number);
    if (!isShown(number)) return;
    network.selectNodes([number]);
    network.focus(number, { scale: 1.2 });
  }

  function chooser(number, parent) {
    const button = element("button", nameOf(data.nodes[number]), parent);
    button.type = "button";
    button.addEventListener("click", () => choose(number));
  }

  function show(number) {
    const node = data.nodes[number], panel = byId("panel");
    panel.replaceChildren();
    element("h2", nameOf(node), panel);
    element("p", [node.kind, node.published || node.year, node.n_papers && node.n_papers + (node.n_papers === 1 ? " paper" : " papers"), node.link_kind].filter(Boolean).join(" · "), panel);
    if (node.aliases && node.aliases.length > 1) element("p", "Also: " + node.aliases.join(", "), panel);
    const address = node.url || (node.arxiv_id && "https://arxiv.org/abs/" + node.arxiv_id) || (node.doi && "https://doi.org/" + node.doi);
    if (address && /^https?:\/\//i.test(address)) {
      const link = element("a", address, element("p", undefined, panel));
      link.href = address; link.rel = "noopener noreferrer"; link.target = "_blank";
    }
    if (node.abstract) element("p", node.abstract, panel);
    const groups = new Map();
    for (const at of neighbours[number]) {
      const edge = data.edges[at], outgoing = edge.from === number;
      const heading = outgoing ? edge.kind : edge.kind + " (from)";
      if (!groups.has(heading)) groups.set(heading, []);
      groups.get(heading).push([outgoing ? edge.to : edge.from, edge]);
    }
    for (const [heading, list] of groups) {
      element("h3", heading.replaceAll("_", " ") + " (" + list.length + ")", panel).title = data.meanings[heading.split(" ")[0]];
      const items = element("ul", undefined, panel);
      for (const [other, edge] of list) {
        const item = element("li", undefined, items);
        chooser(other, item);
        if (edge.confidence !== undefined && edge.confidence < 1) element("span", " " + edge.confidence.toFixed(2), item);
        if (edge.weight) element("span", " ×" + edge.weight, item);
        for (const sentence of new Set(edge.evidence || [])) element("blockquote", sentence, item);
      }
    }
  }

  for (const kind of data.kinds) {
    const label = element("label", undefined, byId("legend")), box = element("input", undefined, label), dot = element("span", undefined, label);
    box.type = "checkbox"; box.checked = true;
    dot.className = "dot"; dot.style.background = colours[kind];
    label.append(kind);
    box.addEventListener("change", () => { shown[box.checked ? "add" : "delete"](kind); refresh(); });
  }
  const numberOf = new Map();
  data.nodes.forEach((node, number) => [nameOf(node), ...(node.aliases || [])].forEach((name) => numberOf.has(name) || numberOf.set(name, number)));
  for (const name of numberOf.keys()) element("option", undefined, byId("names")).value = name;
  byId("search").addEventListener("change", (event) => { const found = numberOf.get(event.target.value); if (found !== undefined) choose(found); });
  if (data.nodes.filter((node) => node.kind === "Paper").length > 60) byId("papers").value = 2;
  byId("papers").addEventListener("input", refresh);
  network.on("selectNode", (event) => show(event.nodes[0]));
  refresh();
  network.fit();
  document.body.dataset.ready = "true";
})();
