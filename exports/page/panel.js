/* What is known of what was chosen: a node with the sentences that speak of it, a topic, a path; else the graph as a whole. */
paperkg.createPanel = (() => {
  "use strict";
  const { make, button, mark, outside, counted, words, byId } = paperkg.dom;
  const FIRST = 15, LONG = 4000; // items of a group at first; characters of a text

  function createPanel(panel, model, scene, actions) {
    const kindOf = (n) => model.kinds[model.kind[n]];
    const dated = (n) => model.nodes[n].published || (model.years[n] ? String(model.years[n]) : "");
    const cut = (text) => (text.length > LONG ? text.slice(0, LONG) + "…" : text);

    /** A button that chooses a node. */
    const chooser = (n) => make("button", { type: "button", class: "node", onclick: () => actions.choose(n) }, mark(kindOf(n), scene.shapes[model.kind[n]]), make("bdi", { text: cut(model.label(n)) }));

    /** A sentence with the forms in it marked; `places` are [start, end). */
    function marked(text, places) {
      const made = document.createDocumentFragment();
      let at = 0;
      for (const [start, end] of [...places].sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
        if (start < at || end > text.length) continue;
        made.append(cut(text.slice(at, start)), make("mark", { text: cut(text.slice(start, end)) }));
        at = end;
      }
      made.append(cut(text.slice(at)));
      return made;
    }

    /** The sentences behind an edge, each once. */
    function evidence(e) {
      const places = new Map();
      for (const [sentence, start, end] of model.mentions[e]) {
        if (!places.has(sentence)) places.set(sentence, []);
        if (start >= 0) places.get(sentence).push([start, end]);
      }
      return [...places].map(([sentence, found]) => make("blockquote", { dir: "auto" }, marked(model.sentences[sentence], found)));
    }

    function item(other, e) {
      const said = [dated(other), model.confidence[e] < 1 && !model.derived[e] ? "confidence " + model.confidence[e].toFixed(2) : ""].filter(Boolean).join(" · ");
      return make("li", {}, chooser(other), said && make("span", { class: "quiet", text: " " + said }), ...evidence(e), sources(e));
    }

    /** The papers that a derived edge follows from. */
    function sources(e) {
      if (!model.sources[e].length) return null;
      const papers = model.sources[e].map((paper) => make("li", {}, chooser(paper)));
      return make("details", { class: "sources" }, make("summary", { text: "from " + counted(papers.length, "paper") }), make("ul", { class: "items close" }, ...papers));
    }

    /** A heading and its items, the first few; the others when asked for. */
    function group(heading, title, items, first = FIRST) {
      const list = make("ul", { class: "items" }, ...items.slice(0, first).map((made) => made()));
      const made = make("section", {}, make("h3", { text: `${heading} (${items.length.toLocaleString("en")})`, title }), list);
      if (items.length > first) {
        const more = button(`all ${items.length.toLocaleString("en")}`, () => { list.append(...items.slice(first).map((one) => one())); more.remove(); });
        made.append(more);
      }
      return made;
    }

    const HEADINGS = {
      PROPOSES: "Proposed by", USES: "Used by", COMPARES_WITH: "Compared with by", INTRODUCES: "Introduced by", ADDRESSES: "Addressed by", REPORTS: "Reported by",
      MENTIONS: "Mentioned by", LINKS_TO: "Linked from", EVALUATED_ON: "Evaluated on it", USED_FOR: "Used for it", BUILDS_ON: "Build on it", COMPARED_WITH: "Compared with it",
    };

    /** A node's edges: by relation and direction, the surest and newest first. */
    function groups(n) {
      const found = new Map();
      for (const e of model.edgesOf(n)) {
        const key = model.relation[e] * 2 + (model.from[e] === n ? 0 : 1);
        if (!found.has(key)) found.set(key, []);
        found.get(key).push(e);
      }
      return [...found].sort((a, b) => a[0] - b[0]).map(([key, edges]) => {
        const relation = model.relations[key >> 1], name = words(relation.name), heading = key % 2 ? HEADINGS[relation.name] || name : name[0].toUpperCase() + name.slice(1);
        edges.sort((a, b) => model.confidence[b] - model.confidence[a] || dated(model.other(b, n)).localeCompare(dated(model.other(a, n))) || a - b);
        return group(heading, relation.meaning, edges.map((e) => () => item(model.other(e, n), e)));
      });
    }

    function addresses(node) {
      const links = [[node.url, ""], [node.arxiv_id && "https://arxiv.org/abs/" + node.arxiv_id, "arXiv " + node.arxiv_id], [node.doi && "https://doi.org/" + node.doi, "doi " + node.doi]];
      const made = links.filter(([address]) => address).map(([address, text]) => outside(address, text)).filter(Boolean);
      return made.length ? make("p", { class: "links" }, ...made) : null;
    }

    function abstractOf(n) {
      const text = model.nodes[n].abstract, places = [];
      if (!text) return null;
      for (const e of model.edgesOf(n)) for (const [sentence, start, end] of model.mentions[e]) {
        const at = start < 0 ? -1 : text.indexOf(model.sentences[sentence]);
        if (at >= 0) places.push([at + start, at + end]);
      }
      return make("details", { open: true }, make("summary", { text: "Abstract" }), make("p", { class: "abstract", dir: "auto" }, marked(text, places)));
    }

    function facts(n, state) {
      const node = model.nodes[n], papers = model.papers[n], authors = node.authors || [];
      const found = [[dated(n)], [!model.isPaper[n] && papers ? counted(papers, "paper") : ""], [node.link_kind], [node.upvotes ? counted(node.upvotes, "upvote") : ""]];
      const topic = model.topics[model.topic[n]];
      return [
        make("p", { class: "facts" }, mark(kindOf(n), scene.shapes[model.kind[n]]), make("strong", { text: kindOf(n) }), ...found.flat().filter(Boolean).map((text) => make("span", { text: "· " + text }))),
        authors.length ? make("p", { class: "quiet", dir: "auto", text: authors.slice(0, 12).join(", ") + (authors.length > 12 ? ` and ${authors.length - 12} more` : "") }) : null,
        (node.aliases || []).length > 1 ? make("p", {}, make("span", { class: "quiet", text: "Also: " }), make("bdi", { text: cut(node.aliases.filter((alias) => alias !== node.name).join(", ")) })) : null,
        addresses(node),
        topic && topic.name ? make("p", {}, make("span", { class: "quiet", text: "Topic: " }), button(topic.name, () => actions.topic(model.topic[n]), { class: "plain" })) : null,
        node.sources && state.node === n ? make("p", { class: "quiet", text: "Read from " + node.sources.slice(0, 3).join(", ") }) : null,
      ];
    }

    function tools(n, state) {
      const focus = (steps, text) => button(text, () => actions.focus(n, steps), { "aria-pressed": String(state.focus === n && state.steps === steps) });
      return make("div", { class: "tools", role: "group", "aria-label": "What to do with it" },
        focus(1, "Neighbours"), focus(2, "Two steps"), button("Path to…", () => actions.startPath(n)), button("Show on map", () => actions.onMap(n)));
    }

    function ofNode(n, state) {
      return [make("h2", {}, make("bdi", { text: cut(model.label(n)) })), ...facts(n, state), tools(n, state), abstractOf(n), ...groups(n)];
    }

    /** The nodes of one topic, or of all, that many papers share, kind by kind. */
    function shared(within, most) {
      return model.kinds.map((kind, number) => {
        const found = [];
        for (const n of model.order) {
          if (found.length >= most) break;
          if (model.kind[n] === number && !model.isPaper[n] && model.papers[n] > 1 && (within < 0 || model.topic[n] === within)) found.push(n);
        }
        if (!found.length) return null;
        const items = found.map((n) => make("li", {}, chooser(n), make("span", { class: "quiet", text: " " + model.papers[n] })));
        return make("section", {}, make("h3", { text: kind + "s that papers share" }), make("ul", { class: "items close" }, ...items));
      });
    }

    function ofTopic(number) {
      const topic = model.topics[number], papers = [];
      for (const n of model.order) if (model.isPaper[n] && model.topic[n] === number) papers.push(n);
      return [make("h2", {}, make("bdi", { text: topic.name || "A topic without a name" })), make("p", { class: "facts" }, make("strong", { text: "Topic" }), make("span", { text: "· " + counted(papers.length, "paper") })),
        ...shared(number, 8), group("Papers", "", papers.map((n) => () => make("li", {}, chooser(n), dated(n) && make("span", { class: "quiet", text: " " + dated(n) }))))];
    }

    function ofPath(state, visible) {
      const [a, b] = state.path, path = visible.path;
      const heading = [make("h2", { text: "Path" }), make("p", {}, chooser(a), " to ", chooser(b))];
      if (!path) return [...heading, make("p", { text: "Nothing joins them under these filters." })];
      const steps = path.map((n, place) => {
        const e = place ? [...model.edgesOf(n)].find((edge) => visible.edges[edge] && model.other(edge, n) === path[place - 1]) : -1;
        const how = e < 0 ? "" : model.from[e] === n ? words(model.relations[model.relation[e]].name) + " the one above" : words(model.relations[model.relation[e]].name);
        return make("li", {}, how && make("span", { class: "quiet step", text: how }), chooser(n), ...(e < 0 ? [] : [...evidence(e), sources(e)]));
      });
      return [...heading, make("p", { class: "facts", text: counted(path.length - 1, "step") }), make("ol", { class: "items steps" }, ...steps)];
    }

    function ofAll() {
      const papers = model.isPaper.reduce((sum, one) => sum + one, 0);
      const topics = model.topics.map((topic, number) => [topic, number]).filter(([topic]) => topic.radius && topic.name);
      return [make("h2", { text: counted(papers, "paper") }),
        make("p", { text: "Choose a node, a topic or a name to see what papers do with it, and the sentences that say so." }),
        topics.length ? group("Topics", "papers that share methods, datasets and tasks", topics.map(([topic, number]) => () => make("li", {}, button(topic.name, () => actions.topic(number), { class: "plain" }), make("span", { class: "quiet", text: " " + counted(topic.papers, "paper") }))), 6) : null,
        ...shared(-1, 6)];
    }

    return {
      show(state, visible) {
        const parts = state.node >= 0 ? ofNode(state.node, state) : state.path ? ofPath(state, visible) : state.focus >= 0 ? ofNode(state.focus, state) : state.topic >= 0 ? ofTopic(state.topic) : ofAll();
        panel.replaceChildren(...parts.filter(Boolean));
        panel.scrollTop = 0;
        byId("close").hidden = state.node < 0 && state.topic < 0 && !state.path && state.focus < 0;
      },
    };
  }

  return createPanel;
})();
