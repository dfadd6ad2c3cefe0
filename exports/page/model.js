/* The embedded data as typed arrays, and what can be asked of it. Nodes and edges are numbers everywhere. */
const paperkg = {};

paperkg.readModel = (() => {
  "use strict";

  /** Text as it is compared: without accents and case. */
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  /** Edges of each node: those of node n are edges[start[n] .. start[n + 1]]. */
  function incidence(size, from, to) {
    const start = new Uint32Array(size + 1);
    for (let e = 0; e < from.length; e++) { start[from[e] + 1]++; start[to[e] + 1]++; }
    for (let n = 0; n < size; n++) start[n + 1] += start[n];
    const next = start.slice(), edges = new Uint32Array(2 * from.length);
    for (let e = 0; e < from.length; e++) { edges[next[from[e]]++] = e; edges[next[to[e]]++] = e; }
    return { start, edges };
  }

  function readModel(data) {
    const nodes = data.nodes, size = nodes.length, isPaper = Uint8Array.from(nodes, (node) => node.kind === 0);
    const from = Uint32Array.from(data.edges.from), to = Uint32Array.from(data.edges.to);
    const { start, edges } = incidence(size, from, to);
    const papers = Uint32Array.from(nodes, (node) => node.n_papers || 0);
    const derived = Uint8Array.from(data.edges.relation, (relation) => data.relations[relation].derived);
    for (let e = 0; e < from.length; e++) if (nodes[to[e]].url && !nodes[to[e]].n_papers && !derived[e]) papers[to[e]]++; // of a link
    // What is drawn, labelled and found first: entities by papers, then papers, then what only one paper speaks of.
    const weight = Float64Array.from(nodes, (_, n) => (isPaper[n] ? 1e3 : papers[n] > 1 ? 1e6 * papers[n] : 0) + start[n + 1] - start[n]);
    const order = Uint32Array.from(nodes.keys()).sort((a, b) => weight[b] - weight[a] || a - b);
    const numbers = new Map(nodes.map((node, n) => [node.id, n]));
    let folded = null, texts = null;

    const model = {
      size, nodes, isPaper, papers, order, from, to, derived, numbers,
      kinds: data.kinds, relations: data.relations, topics: data.topics, sentences: data.sentences,
      kind: Uint8Array.from(nodes, (node) => node.kind), topic: Int32Array.from(data.topic),
      relation: Uint8Array.from(data.edges.relation), confidence: Float64Array.from(data.edges.confidence),
      mentions: data.edges.mentions, sources: data.edges.papers,
      homeX: Float32Array.from(data.x), homeY: Float32Array.from(data.y),
      x: Float32Array.from(data.x), y: Float32Array.from(data.y), // where the nodes stand now
      years: Int32Array.from(nodes, (node) => node.year || Number((node.published || "").slice(0, 4)) || 0),
      edgesOf: (n) => edges.subarray(start[n], start[n + 1]),
      other: (e, n) => (from[e] === n ? to[e] : from[e]),
      label: (n) => nodes[n].name,
      /** Does a paper's title or abstract hold `words` (folded)? */
      holds(n, words) {
        texts ??= nodes.map((node, i) => (isPaper[i] ? fold(node.name + " " + (node.abstract || "")) : ""));
        return texts[n].includes(words);
      },
      /** The best nodes for what was typed: whole names first, then beginnings of names, of words, then any place. */
      find(typed, limit) {
        folded ??= nodes.map((node) => [...new Set([node.name, ...(node.aliases || [])].map(fold))]);
        const wanted = fold(typed.trim()), words = wanted.split(/\s+/);
        if (!wanted) return [];
        const ranks = [[], [], [], []];  // of equals, those of more papers first
        for (const n of order) {
          let best = 4, name = -1;
          folded[n].forEach((text, place) => {
            const rank = text === wanted ? 0 : text.startsWith(wanted) || text.includes(" " + wanted) || text.includes("-" + wanted) ? 1
              : text.includes(wanted) ? 2 : words.every((word) => text.includes(word)) ? 3 : 4;
            if (rank < best) { best = rank; name = place; }
          });
          if (best < 4 && ranks[best].length < limit) ranks[best].push({ node: n, form: name ? [...new Map([nodes[n].name, ...(nodes[n].aliases || [])].map((form) => [fold(form), form])).values()][name] : "" });
        }
        return ranks.flat().slice(0, limit);
      },
      /** Shortest path over the edges that `mask` allows, around hubs where there is a choice; null when there is none. */
      path(a, b, mask) {
        const before = new Int32Array(size).fill(-1), depth = new Int32Array(size).fill(-1);
        depth[a] = 0;
        for (let layer = [a]; layer.length && depth[b] < 0;) {
          const next = [];
          layer.sort((p, q) => start[p + 1] - start[p] - start[q + 1] + start[q] || p - q);
          for (const n of layer) for (const e of model.edgesOf(n)) {
            const m = model.other(e, n);
            if (mask[e] && depth[m] < 0) { depth[m] = depth[n] + 1; before[m] = n; next.push(m); }
          }
          layer = next;
        }
        if (depth[b] < 0) return null;
        const found = [b];
        while (found[0] !== a) found.unshift(before[found[0]]);
        return found;
      },
      fold,
    };
    return model;
  }

  return readModel;
})();
