/* What is visible as a table, for those who would rather read: sortable, and copied as CSV. */
paperkg.createList = (() => {
  "use strict";
  const { make, button, mark, counted } = paperkg.dom, ROWS = 300;

  function createList(host, model, scene, actions) {
    const COLUMNS = [
      { name: "Name", of: (n) => model.label(n) },
      { name: "Type", of: (n) => model.kinds[model.kind[n]] },
      { name: "Papers", of: (n, visible) => (model.isPaper[n] ? "" : visible.support[n]), number: true },
      { name: "Year", of: (n) => model.years[n] || "", number: true },
      { name: "Joined to", of: (n, visible) => visible.joined.get(n) || 0, number: true },
      { name: "Topic", of: (n) => (model.topics[model.topic[n]] || { name: "" }).name },
    ];
    let by = 2, downwards = true, shown = null, rows = ROWS;

    function sorted() {
      const { of, number } = COLUMNS[by], values = new Map([...shown.shown].map((n) => [n, of(n, shown)])), way = downwards ? -1 : 1;
      const compare = number ? (a, b) => values.get(a) - values.get(b) : (a, b) => values.get(a).localeCompare(values.get(b), "en");
      return [...shown.shown].sort((a, b) => way * compare(a, b) || a - b);
    }

    function head() {
      return make("tr", {}, ...COLUMNS.map(({ name, number }, place) => make("th", { scope: "col", "aria-sort": place !== by ? "none" : downwards ? "descending" : "ascending" },
        button(name + (place !== by ? "" : downwards ? " ▾" : " ▴"), () => { downwards = place === by ? !downwards : Boolean(number); by = place; draw(); host.querySelectorAll("th button")[place].focus(); }))));
    }

    const row = (n) => make("tr", {}, ...COLUMNS.map(({ of, number }, place) => (place
      ? make("td", { class: number ? "number" : "", dir: "auto", text: String(of(n, shown)) })
      : make("td", {}, make("button", { type: "button", class: "node", onclick: () => actions.choose(n) }, mark(model.kinds[model.kind[n]], scene.shapes[model.kind[n]]), make("bdi", { text: model.label(n).slice(0, 300) }))))));

    /** A table program takes a cell that begins like this for a formula. */
    const cell = (value) => {
      const text = String(value), safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? "'" + text : text;
      return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };

    function csv() {
      const lines = sorted().map((n) => [model.nodes[n].id, ...COLUMNS.map(({ of }) => of(n, shown))]);
      return [["Id", ...COLUMNS.map(({ name }) => name)], ...lines].map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
    }

    async function copy() {
      const text = csv();
      try { await navigator.clipboard.writeText(text); } catch { copyBySelection(text); } // a frame may not write to the clipboard
      actions.say(counted(shown.shown.length, "row") + " copied");
    }

    function copyBySelection(text) {
      const field = host.appendChild(make("textarea", { "aria-hidden": "true" }));
      field.value = text;
      field.select();
      document.execCommand("copy");
      field.remove();
    }

    function draw() {
      const order = sorted(), body = make("tbody", {}, ...order.slice(0, rows).map(row));
      const more = order.length > rows ? button(`${(order.length - rows).toLocaleString("en")} more`, () => { rows += 5 * ROWS; draw(); }) : null;
      host.replaceChildren(make("p", { class: "tools" }, counted(order.length, "node"), button("Copy as CSV", copy, { id: "copy" })),
        make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Visible nodes" }, make("table", {}, make("caption", { class: "unseen", text: "Visible nodes" }), make("thead", {}, head()), body), more || ""));
    }

    return {
      show(visible) {
        const joined = new Map();
        for (const e of visible.lines) for (const n of [model.from[e], model.to[e]]) joined.set(n, (joined.get(n) || 0) + 1);
        shown = { ...visible, joined };
        rows = ROWS;
        draw();
      },
      csv,
    };
  }

  return createList;
})();
