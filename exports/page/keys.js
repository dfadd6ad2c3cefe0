/* The keyboard: everything the mouse does. */
paperkg.bindKeys = (() => {
  "use strict";
  const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  /** The visible node that lies next in a direction: near, and not far off to the side. */
  function nextNode({ model, visible, renderer, state }, [dx, dy]) {
    const view = renderer.view(), at = state().node >= 0 ? state().node : state().focus;
    const x = at < 0 ? view.x - (dx * view.width) / view.scale / 2 : model.x[at], y = at < 0 ? view.y - (dy * view.height) / view.scale / 2 : model.y[at];
    let best = -1, least = Infinity;
    for (const n of visible().shown) {
      const along = (model.x[n] - x) * dx + (model.y[n] - y) * dy, aside = Math.abs((model.x[n] - x) * dy) + Math.abs((model.y[n] - y) * dx);
      const cost = along + 2.5 * aside;
      if (n !== at && along > 1 && cost < least) { least = cost; best = n; }
    }
    return best;
  }

  function bindKeys(page) {
    const { byId, renderer, change, actions, steps, fit, state, visible } = page;
    byId("graph").addEventListener("keydown", (event) => {
      const way = WAYS[event.key], chosen = state().node >= 0 ? state().node : state().focus;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (way && event.shiftKey) renderer.pan(way[0] * 80, way[1] * 80);
      else if (way) { const next = nextNode(page, way); if (next >= 0) actions.choose(next); }
      else if (event.key === "+" || event.key === "=") renderer.zoom(1.4);
      else if (event.key === "-") renderer.zoom(1 / 1.4);
      else if (event.key === "0") fit(visible().shown);
      else if (event.key === "Enter" && chosen >= 0) byId("panel").focus();
      else if (event.key === "1" && chosen >= 0) actions.focus(chosen, 1);
      else if (event.key === "2" && chosen >= 0) actions.focus(chosen, 2);
      else if (event.key === "p" && chosen >= 0) actions.startPath(chosen);
      else return;
      event.preventDefault();
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input:not([type=checkbox]):not([type=range]), select, textarea, dialog");
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "/") byId("search").focus();
      else if (event.key === "b") steps.back();
      else if (event.key === "l") change({ list: !state().list });
      else if (event.key === "?") byId("help-text").showModal();
      else if (event.key === "Escape") byId("close").click();
      else return;
      event.preventDefault();
    });
  }

  return bindKeys;
})();
