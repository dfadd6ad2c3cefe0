/* The filters beside the picture: they show the state and change it. They are the legend, too. */
paperkg.createControls = (() => {
  "use strict";
  const { make, mark, words, byId } = paperkg.dom;

  function createControls(model, scene, change) {
    const counts = new Uint32Array(model.kinds.length), uses = new Uint32Array(model.relations.length);
    for (const kind of model.kind) counts[kind]++;
    for (const relation of model.relation) uses[relation]++;
    let state = null;

    /** One box of a set in which what is not wanted stands. */
    function box(parent, name, number, total, title, picture) {
      const input = make("input", { type: "checkbox", name: "show-" + name });
      input.addEventListener("change", () => {
        const set = new Set(state[parent.dataset.set]);
        set[input.checked ? "delete" : "add"](number);
        change({ [parent.dataset.set]: set });
      });
      const only = make("button", { type: "button", class: "only", text: "only", "aria-label": `only ${name}`, onclick: () => change({ [parent.dataset.set]: othersThan(parent, number) }) });
      parent.append(make("div", { class: "row", title }, make("label", {}, input, picture, make("span", { text: name }), make("span", { class: "quiet", text: total.toLocaleString("en") })), only));
      return [parent, number, input];
    }

    const othersThan = (parent, number) => new Set(boxes.filter(([other, place]) => other.dataset.set === parent.dataset.set && place !== number).map(([, place]) => place));

    const boxes = [
      ...model.kinds.map((kind, number) => counts[number] && box(byId("kinds"), kind, number, counts[number], undefined, mark(kind, scene.shapes[number]))),
      ...model.relations.map((relation, number) => uses[number] && box(byId(relation.derived ? "derived" : "roles"), words(relation.name), number, uses[number], relation.meaning, "")),
    ].filter(Boolean);

    const most = model.papers.reduce((least, papers) => Math.max(least, papers), 1);
    byId("least").max = Math.min(most, 30);
    const years = [...new Set(model.years)].filter(Boolean).sort((a, b) => a - b);
    byId("years").hidden = years.length < 2;
    const year = (id, value) => { // an address may name a year of which there is no paper
      if (value && ![...byId(id).options].some((option) => Number(option.value) === value)) byId(id).append(make("option", { value, text: String(value) }));
      byId(id).value = value;
    };
    for (const id of ["first", "last"]) byId(id).append(make("option", { value: "0", text: "any" }), ...years.map((year) => make("option", { value: year, text: String(year) })));

    for (const [id, read] of [["least", Number], ["confidence", (value) => Number(value) / 100], ["first", Number], ["last", Number], ["text", String]])
      byId(id).addEventListener("input", (event) => change({ [id]: read(event.target.value) }, event.target.type === "range" || id === "text"));
    byId("reset").addEventListener("click", () => change(paperkg.filters.withoutFilters(model)));

    return {
      show(now) {
        state = now;
        for (const [parent, number, input] of boxes) input.checked = !state[parent.dataset.set].has(number);
        byId("least").value = state.least;
        byId("least-value").textContent = state.least === 1 ? "1, all" : `${state.least} papers`;
        byId("confidence").value = Math.round(state.confidence * 100);
        byId("confidence-value").textContent = state.confidence.toFixed(2);
        year("first", state.first);
        year("last", state.last);
        if (byId("text") !== document.activeElement) byId("text").value = state.text;
        byId("reset").disabled = !paperkg.filters.isNarrowed(model, state);
      },
    };
  }

  return createControls;
})();
