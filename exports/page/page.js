/* The page: one state; every change of it is drawn, told, and kept in the address. */
(() => {
  "use strict";
  const { byId, counted, button } = paperkg.dom;
  const model = paperkg.readModel(JSON.parse(byId("data").textContent));
  const stage = byId("stage"), system = matchMedia("(prefers-color-scheme: dark)");
  let state = paperkg.address.read(model, location.hash.slice(1)), visible = null, placed = "", pathFrom = -1;
  const say = (text) => { byId("status").textContent = text; };

  const applyTheme = () => { document.documentElement.dataset.theme = state.theme || (system.matches ? "dark" : "light"); };
  applyTheme();
  const scene = paperkg.createScene(model);
  const heard = {
    double: (n) => actions.focus(n, 1),
    node: (n, event) => (event.shiftKey && state.node >= 0 ? change({ path: [state.node, n], node: -1 }) : change({ node: n, topic: -1 })),
    topic: (number) => actions.topic(number),
    nothing: () => change({ node: -1, topic: -1 }),
    over: (n) => { stage.title = n < 0 ? "" : model.label(n).slice(0, 300); },
    moved: () => { state = { ...state, view: renderer.view() }; steps.replace(paperkg.address.write(model, state)); },
  };
  const engine = document.body.dataset.renderer === "pyvis" ? paperkg.visRenderer : paperkg.canvasRenderer;
  const renderer = engine(byId("graph"), model, scene, heard);

  const actions = {
    say,
    choose(n) { change({ node: n, topic: -1, list: state.list }); reveal(n); },
    topic(number) { change({ topic: number, node: -1, focus: -1, path: null }); fit([...visible.shown].filter((n) => model.topic[n] === number)); },
    focus(n, many) { change({ focus: n, steps: many, node: -1, path: null, topic: -1, list: false }); },
    onMap(n) { change({ node: n, focus: -1, path: null, list: false }); fit(neighbourhood(n)); },
    startPath(n) { pathFrom = n; byId("path-from").textContent = model.label(n).slice(0, 60); byId("path-bar").hidden = false; byId("path-to").focus(); },
  };
  const panel = paperkg.createPanel(byId("panel"), model, scene, actions), list = paperkg.createList(byId("list"), model, scene, actions);
  const controls = paperkg.createControls(model, scene, (changes, gliding) => change(changes, gliding));
  paperkg.createSearch(byId("search"), byId("search-list"), model, scene, actions.choose);
  paperkg.createSearch(byId("path-to"), byId("path-list"), model, scene, (n) => { byId("path-bar").hidden = true; change({ path: [pathFrom, n], node: -1, focus: -1, topic: -1, list: false }); });

  const neighbourhood = (n) => [n, ...[...model.edgesOf(n)].map((e) => model.other(e, n)).filter((m) => visible.nodes[m])];
  const size = () => ({ width: stage.clientWidth || 1, height: stage.clientHeight || 1 });
  const fit = (nodes, animate = true) => renderer.setView(scene.fit(nodes, size()), animate);

  /** Bring a node that is out of sight, or lost in a wide view, into it. */
  function reveal(n) {
    const { x, y, scale, width, height } = renderer.view(), right = Math.abs(model.x[n] - x) * scale > width / 2 - 40, down = Math.abs(model.y[n] - y) * scale > height / 2 - 40;
    if (model.isPaper[n] && placed === "home" && scale < 1.1) renderer.setView({ ...renderer.view(), x: model.x[n], y: model.y[n], scale: 1.6 }, true); // what stands around it is small
    else if (right || down || scale < 0.35) fit(neighbourhood(n));
  }

  /** The nodes and edges that stand out: the chosen one's, a topic's. */
  function emphasis() {
    if (state.node >= 0 && visible.nodes[state.node]) {
      const near = new Uint8Array(model.size), strong = [...model.edgesOf(state.node)].filter((e) => visible.edges[e] && visible.nodes[model.other(e, state.node)]);
      near[state.node] = 1;
      for (const e of strong) near[model.other(e, state.node)] = 1;
      return { near, strong };
    }
    if (state.topic >= 0) return { near: Uint8Array.from(model.topic, (topic) => topic === state.topic), strong: [] };
    return { near: null, strong: state.path && visible.path ? [...visible.lines] : [] };
  }

  const what = () => {
    const map = !state.path && state.focus < 0, topicsSeen = new Uint8Array(model.topics.length);
    if (map) for (const n of visible.shown) if (model.topic[n] >= 0) topicsSeen[model.topic[n]] = 1;
    return { visible, map, topicsSeen, topic: state.topic, node: state.node >= 0 ? state.node : state.focus, ...emphasis() };
  };

  /** Give the nodes their places; true when these are others than before. */
  function place() {
    const wanted = state.path ? "path " + (visible.path || state.path) : state.focus >= 0 ? `focus ${state.focus} ${state.steps} ${visible.shown}` : "home";
    if (wanted === placed) return false;
    paperkg.places.home(model);
    if (state.path && visible.path) paperkg.places.along(model, visible.path, stage.clientWidth > 600);
    else if (state.focus >= 0 && !state.path) paperkg.places.around(model, state.focus, visible.distance, visible.edges);
    placed = wanted;
    return true;
  }

  function render() {
    visible = paperkg.filters.visible(model, state);
    applyTheme();
    scene.readColours();
    const moved = place();
    byId("count").textContent = `${visible.shown.length.toLocaleString("en")} of ${counted(model.size, "node")}`;
    controls.show(state);
    showPanel();
    showList();
    renderer.show(what());
    if (moved) renderer.setView({ ...(state.view || scene.fit(visible.shown, size())), ...size() });
    byId("back").disabled = !steps.canGoBack();
    tellMode();
  }

  /** The panel is drawn anew; the reader stays where they were in it, with the keyboard too. */
  let told = "";
  function showPanel() {
    const host = byId("panel"), inside = host.contains(document.activeElement), scrolled = host.scrollTop;
    const subject = [state.node, state.topic, state.focus, state.path].join();
    panel.show(state, visible);
    if (inside && !host.contains(document.activeElement)) host.focus();
    if (subject === told) host.scrollTop = scrolled;
    told = subject;
  }

  /** The list is drawn anew only when other nodes or edges are visible. */
  let listed = null;
  function showList() {
    byId("list").hidden = !state.list;
    byId("show-list").setAttribute("aria-pressed", String(state.list));
    const rows = state.list ? `${visible.shown} ${visible.lines}` : null;
    if (rows !== null && rows !== listed) {
      const inside = byId("list").contains(document.activeElement), name = document.activeElement.textContent;
      list.show(visible);
      if (inside) ([...byId("list").querySelectorAll("button.node")].find((row) => row.textContent === name) || byId("list").querySelector(".scroll")).focus();
    }
    listed = rows;
  }

  /** What kind of picture this is, when it is not the whole map, and the way out of it. */
  function tellMode() {
    const bar = byId("mode"), name = (n) => `“${model.label(n).slice(0, 40)}”`;
    const text = state.path ? "Path" : state.focus >= 0 ? `${state.steps === 1 ? "Neighbours of" : "Two steps around"} ${name(state.focus)}` : !visible.shown.length ? "Nothing passes these filters" : "";
    bar.hidden = !text;
    bar.replaceChildren(text, text.startsWith("Nothing") ? button("Clear filters", () => byId("reset").click()) : button("Whole map", () => change({ path: null, focus: -1, view: null })));
  }

  /** Change the state; `gliding` changes follow each other quickly and are one step back together. */
  let glide = 0, gliders = "";
  function change(changes, gliding = false) {
    const before = state;
    state = { ...state, ...changes };
    const modeChanged = before.focus !== state.focus || before.path !== state.path || before.steps !== state.steps;
    if (modeChanged) state.view = null;
    const text = paperkg.address.write(model, state);
    const names = Object.keys(changes).join();
    if (gliding && names === gliders && Date.now() - glide < 800) steps.replace(text);
    else steps.add(text);
    glide = gliding ? Date.now() : 0;
    gliders = names;
    render();
    announce(before);
  }

  function announce(before) {
    if (state.node !== before.node && state.node >= 0) say(`${model.label(state.node).slice(0, 100)}, ${model.kinds[model.kind[state.node]]}, joined to ${counted(neighbourhood(state.node).length - 1, "visible node")}`);
    else if (visible) say(byId("count").textContent + " visible");
  }

  const steps = paperkg.address.createSteps(paperkg.address.write(model, state), (text) => {
    state = paperkg.address.read(model, text);
    if (!state.view) placed = "";
    render();
    if (state.view) renderer.setView({ ...state.view, ...size() });
    say("Back: " + byId("count").textContent);
  });

  paperkg.bindKeys({ byId, model, renderer, change, actions, steps, fit, state: () => state, visible: () => visible });
  byId("back").addEventListener("click", steps.back);
  byId("skip").addEventListener("click", () => byId("panel").focus());
  byId("fit").addEventListener("click", () => fit(visible.shown));
  byId("nearer").addEventListener("click", () => renderer.zoom(1.4));
  byId("farther").addEventListener("click", () => renderer.zoom(1 / 1.4));
  byId("show-list").addEventListener("click", () => change({ list: !state.list }));
  byId("theme").addEventListener("click", () => change({ theme: document.documentElement.dataset.theme === "dark" ? "light" : "dark" }));
  byId("close").addEventListener("click", () => change({ node: -1, topic: -1, path: null, focus: -1 }));
  byId("path-cancel").addEventListener("click", () => { byId("path-bar").hidden = true; });
  byId("help").addEventListener("click", () => byId("help-text").showModal());
  byId("print").addEventListener("click", () => print());
  byId("close-help").addEventListener("click", () => byId("help-text").close());
  for (const form of ["png", "svg"])
    byId(form).addEventListener("click", async () => {
      paperkg.pictures.save(await paperkg.pictures.blobOf[form](scene, renderer.view(), what()), "graph." + form);
      byId("downloads").open = false;
      say(form.toUpperCase() + " saved");
    });
  system.addEventListener("change", render);
  if (matchMedia("(max-width: 760px)").matches) byId("filters").open = false;

  render();
  // For tests and for scripts of the reader's own: nothing of the page depends on it.
  window.paperkgPage = { model, renderer, change, state: () => state, visible: () => visible, csv: list.csv, picture: (form) => paperkg.pictures.blobOf[form](scene, renderer.view(), what()) };
  requestAnimationFrame(() => requestAnimationFrame(() => { document.body.dataset.ready = "true"; document.body.dataset.readyAt = performance.now().toFixed(0); }));
})();
