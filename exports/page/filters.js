/* What is visible: filters that combine, a neighbourhood, a path. A state is a plain object that is never changed in place. */
paperkg.filters = (() => {
  "use strict";

  /** The state of a page nobody has touched: what several papers share, as long as that leaves a readable number. */
  function initial(model) {
    return {
      hidden: new Set(), off: new Set(), least: leastPapers(model), confidence: 0, first: 0, last: 0, text: "",
      node: -1, topic: -1, focus: -1, steps: 1, path: null, list: false, theme: "", view: null,
    };
  }

  const known = new WeakMap(); // by model; asked for at every move of the map

  function leastPapers(model) {
    if (!known.has(model)) known.set(model, findLeastPapers(model));
    return known.get(model);
  }

  function findLeastPapers(model) {
    if (model.size <= 120) return 1;
    const shared = (least) => model.papers.reduce((count, papers) => count + (papers >= least), 0);
    let least = 2;
    while (shared(least) > 2500) least++;
    return least;
  }

  /** Edges that pass the filters, and how many papers speak of each node through them. */
  function passing(model, state) {
    const { size, from, to, relation, derived, confidence } = model, words = model.fold(state.text.trim());
    const paperPasses = new Uint8Array(size), edges = new Uint8Array(from.length), support = new Uint32Array(size);
    for (let n = 0; n < size; n++) {
      if (!model.isPaper[n]) continue;
      const year = model.years[n];
      paperPasses[n] = (!state.first || year >= state.first) && (!state.last || (year && year <= state.last)) && (!words || model.holds(n, words));
    }
    // With every role off, an entity still has the papers that speak of it.
    const noRole = model.relations.every((kind, number) => kind.derived || state.off.has(number));
    for (let e = 0; e < from.length; e++) {
      const sure = confidence[e] >= state.confidence;
      const told = derived[e] ? model.sources[e].some((paper) => paperPasses[paper]) || !model.sources[e].length : paperPasses[from[e]];
      edges[e] = sure && told && !state.off.has(relation[e]);
      if (!derived[e] && sure && told && (edges[e] || noRole)) support[to[e]]++;
    }
    return { paperPasses, edges, support };
  }

  /** Numbers of the nodes `steps` away from `node`; those next to it come whatever the number of their papers. */
  function around(model, state, edges, passes) {
    const distance = new Int8Array(model.size).fill(-1);
    distance[state.focus] = 0;
    for (let layer = [state.focus], step = 1; step <= state.steps; step++) {
      const next = [];
      for (const n of layer) for (const e of model.edgesOf(n)) {
        const m = model.other(e, n);
        if (!edges[e] || distance[m] >= 0 || state.hidden.has(model.kind[m]) || (step > 1 && !passes[m])) continue;
        distance[m] = step;
        next.push(m);
      }
      layer = next;
    }
    return distance;
  }

  function visible(model, state) {
    const { paperPasses, edges, support } = passing(model, state), nodes = new Uint8Array(model.size);
    for (let n = 0; n < model.size; n++)
      nodes[n] = !state.hidden.has(model.kind[n]) && (model.isPaper[n] ? paperPasses[n] : support[n] >= Math.max(1, state.least));
    let distance = null, path = null;
    if (state.path) {
      const open = (n) => !state.hidden.has(model.kind[n]) || state.path.includes(n);
      path = model.path(state.path[0], state.path[1], edges.map((on, e) => on && open(model.from[e]) && open(model.to[e])));
      nodes.fill(0);
      for (const n of path || state.path) nodes[n] = 1;
    } else if (state.focus >= 0) {
      distance = around(model, state, edges, nodes);
      for (let n = 0; n < model.size; n++) nodes[n] = distance[n] >= 0;
    } else if (state.node >= 0) { // what is chosen is seen, and what it is joined to
      nodes[state.node] = 1;
      for (const e of model.edgesOf(state.node)) {
        const other = model.other(e, state.node);
        if (edges[e] && !state.hidden.has(model.kind[other])) nodes[other] = 1;
      }
    }
    const shown = [], lines = [];
    for (const n of model.order) if (nodes[n]) shown.push(n);
    for (let e = 0; e < edges.length; e++) if (edges[e] && nodes[model.from[e]] && nodes[model.to[e]]) lines.push(e);
    return { nodes, edges, support, distance, path, shown: Uint32Array.from(shown), lines: Uint32Array.from(lines) };
  }

  const NARROWING = ["hidden", "off", "least", "confidence", "first", "last", "text"];

  /** Is any filter set otherwise than on an untouched page? */
  const isNarrowed = (model, state) => {
    const start = initial(model);
    return NARROWING.some((name) => (state[name] instanceof Set ? state[name].size > 0 : state[name] !== start[name]));
  };

  /** The changes that undo every filter. */
  const withoutFilters = (model) => Object.fromEntries(NARROWING.map((name) => [name, initial(model)[name]]));

  return { initial, visible, isNarrowed, withoutFilters };
})();
