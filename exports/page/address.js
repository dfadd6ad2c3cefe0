/* The state in the page's address, after "#": a link to what is seen, and the steps that "back" takes. */
paperkg.address = (() => {
  "use strict";

  function write(model, state) {
    const start = paperkg.filters.initial(model), fields = new URLSearchParams(), id = (n) => model.nodes[n].id;
    if (state.hidden.size) fields.set("hide", [...state.hidden].sort().map((kind) => model.kinds[kind]).join(","));
    if (state.off.size) fields.set("off", [...state.off].sort((a, b) => a - b).map((relation) => model.relations[relation].name).join(","));
    for (const name of ["least", "confidence", "first", "last", "text", "theme"]) if (state[name] !== start[name]) fields.set(name, state[name]);
    for (const name of ["node", "focus"]) if (state[name] >= 0) fields.set(name, id(state[name]));
    if (state.topic >= 0) fields.set("topic", state.topic);
    if (state.focus >= 0) fields.set("steps", state.steps);
    if (state.path) for (const end of state.path) fields.append("path", id(end));
    if (state.list) fields.set("list", "1");
    if (state.view) fields.set("view", [state.view.x.toFixed(0), state.view.y.toFixed(0), state.view.scale.toFixed(3)].join(","));
    return fields.toString();
  }

  const between = (text, low, high, otherwise) => {
    const value = Number(text);
    return text !== null && text !== "" && value >= low && value <= high ? value : otherwise;
  };

  /** The state that an address tells of; whatever in it is unknown or out of range is left out. */
  function read(model, text) {
    const fields = new URLSearchParams(text), state = paperkg.filters.initial(model);
    const node = (id) => model.numbers.get(id) ?? -1, names = (name) => (fields.get(name) || "").split(",");
    state.hidden = new Set(names("hide").map((kind) => model.kinds.indexOf(kind)).filter((kind) => kind >= 0));
    const relations = model.relations.map((relation) => relation.name);
    state.off = new Set(names("off").map((name) => relations.indexOf(name)).filter((relation) => relation >= 0));
    state.least = Math.round(between(fields.get("least"), 1, 1e6, state.least));
    state.confidence = between(fields.get("confidence"), 0, 1, 0);
    state.first = Math.round(between(fields.get("first"), 1, 9999, 0));
    state.last = Math.round(between(fields.get("last"), 1, 9999, 0));
    state.text = fields.get("text") || "";
    state.theme = ["light", "dark"].includes(fields.get("theme")) ? fields.get("theme") : "";
    state.node = node(fields.get("node"));
    state.focus = node(fields.get("focus"));
    state.steps = fields.get("steps") === "2" ? 2 : 1;
    state.topic = Math.round(between(fields.get("topic"), 0, model.topics.length - 1, -1));
    const ends = fields.getAll("path").map(node);
    state.path = ends.length === 2 && Math.min(...ends) >= 0 ? ends : null;
    state.list = fields.get("list") === "1";
    const view = (fields.get("view") || "").split(",").map(Number);
    const [x, y, scale] = view, far = 1e7;
    state.view = view.length === 3 && Math.abs(x) <= far && Math.abs(y) <= far && scale > 0 ? { x, y, scale: Math.max(0.005, Math.min(scale, 20)) } : null;
    return state;
  }

  /** Steps that can be taken back, by the page's button and, where the browser lets a page have addresses, by the browser's.

   * The page's button restores them itself: the browser tells of its own steps late, and forgets all but the last fifty. */
  function createSteps(first, restore) {
    let steps = [first], at = 0;
    const place = () => location.href.split("#")[0] + "#" + steps[at];
    const load = performance.timeOrigin; // steps of an earlier load have other numbers
    const tell = (how) => {
      try { history[how]({ at, load }, "", place()); } catch { /* a frame without an address of its own */ }
    };
    tell("replaceState");
    addEventListener("popstate", (event) => {
      const known = event.state && event.state.load === load && steps[event.state.at] === location.hash.slice(1);
      if (known) at = event.state.at;
      else { steps = [location.hash.slice(1)]; at = 0; }
      restore(steps[at]);
    });
    return {
      canGoBack: () => at > 0,
      add(text) {
        if (text === steps[at]) return;
        steps = [...steps.slice(0, at + 1), text];
        at++;
        tell("pushState");
      },
      replace(text) { steps[at] = text; tell("replaceState"); },
      back() {
        if (!at) return;
        at--;
        tell("replaceState");
        restore(steps[at]);
      },
    };
  }

  return { write, read, createSteps };
})();
