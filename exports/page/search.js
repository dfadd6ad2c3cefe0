/* A field that finds nodes by any of their names: a combobox with a list, for the mouse, the keyboard and a screen reader. */
paperkg.createSearch = (() => {
  "use strict";
  const { make, mark } = paperkg.dom, MOST = 12, SHOWN = 90;

  /** `chosen(n)` is called with what was chosen. */
  function createSearch(input, list, model, scene, chosen) {
    let found = [], at = -1;

    function close() {
      list.hidden = true;
      found = [];
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function take(place) {
      const node = found[place].node;
      close();
      input.value = "";
      chosen(node);
    }

    function option({ node, form }, place) {
      const kind = model.kinds[model.kind[node]], papers = model.papers[node];
      return make("li", { role: "option", id: `${list.id}-${place}`, "aria-selected": "false", onpointerdown: (event) => { event.preventDefault(); take(place); } },
        mark(kind, scene.shapes[model.kind[node]]), make("span", { class: "name", dir: "auto", text: model.label(node).slice(0, SHOWN) }),
        form && make("span", { class: "quiet", dir: "auto", text: "also " + form.slice(0, 40) }),
        make("span", { class: "quiet", text: papers ? `${kind}, ${papers}` : kind }));
    }

    function open() {
      found = model.find(input.value, MOST);
      at = found.length ? 0 : -1;
      list.replaceChildren(...found.map(option));
      if (!found.length && input.value.trim()) list.append(make("li", { class: "quiet", role: "option", "aria-disabled": "true", "aria-selected": "false", text: "no name, alias or title like this" }));
      list.hidden = !list.children.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      show();
    }

    function show() {
      found.forEach((_, place) => list.children[place].setAttribute("aria-selected", String(place === at)));
      if (at < 0) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", `${list.id}-${at}`);
      list.children[at].scrollIntoView({ block: "nearest" });
      return undefined;
    }

    input.addEventListener("input", open);
    input.addEventListener("focus", () => input.value && open());
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { if (list.hidden) input.blur(); close(); event.stopPropagation(); return; }
      if (!found.length) return;
      if (event.key === "ArrowDown") at = (at + 1) % found.length;
      else if (event.key === "ArrowUp") at = (at + found.length - 1) % found.length;
      else if (event.key === "Enter") { event.preventDefault(); take(at); return; }
      else return;
      event.preventDefault();
      show();
    });
  }

  return createSearch;
})();
