/* The renderer of small graphs: the engine that pyvis carries, without physics; it draws our nodes at our places. */
paperkg.visRenderer = (() => {
  "use strict";
  const MANY = 1500; // edges: more are hidden while the view moves

  /** As `canvasRenderer`, which see. */
  function visRenderer(host, model, scene, heard) {
    const nodes = new vis.DataSet(), edges = new vis.DataSet();
    let what = null, list = [], frames = 0, wait = 0, hiding = true;
    const ctxRenderer = ({ ctx, id, x, y }) => {
      const scale = network.getScale(), r = scene.radius(id, scale) / scale;
      return { drawNode: () => scene.drawNode(ctx, id, x, y, r, what), nodeDimensions: { width: 2 * r, height: 2 * r } };
    };
    const network = new vis.Network(host, { nodes, edges }, {
      physics: false, layout: { improvedLayout: false }, autoResize: true,
      edges: { smooth: false, selectionWidth: 0, hoverWidth: 0, chosen: false }, nodes: { shape: "custom", ctxRenderer, chosen: false },
      interaction: { hover: true, hoverConnectedEdges: false, selectConnectedEdges: false, dragNodes: false, keyboard: false, tooltipDelay: 1e9, zoomSpeed: 0.6, hideEdgesOnDrag: true, hideEdgesOnZoom: true },
    });

    function view() {
      const middle = network.getViewPosition();
      return { x: middle.x, y: middle.y, scale: network.getScale(), width: host.clientWidth || 1, height: host.clientHeight || 1 };
    }

    /** Draws in pixels of the page, as the canvas renderer does. */
    function inPixels(pen, draw) {
      const ratio = pen.canvas.width / (host.clientWidth || 1);
      pen.save();
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw(view());
      pen.restore();
    }

    network.on("beforeDrawing", (pen) => what && inPixels(pen, (seen) => scene.drawDiscs(pen, seen, what)));
    network.on("afterDrawing", (pen) => {
      frames++;
      if (what) inPixels(pen, (seen) => { list = scene.choose(seen, what).list; scene.drawLabels(pen, seen, what, list); });
    });

    const looks = (n) => ({ id: n, x: Math.round(model.x[n]), y: Math.round(model.y[n]) }); // the engine reads 1e-9 as 1

    function lines(shown) {
      const strong = new Set(shown.strong), alpha = scene.edgeAlpha(shown);
      return [...shown.visible.lines].map((e) => ({
        id: e, from: model.from[e], to: model.to[e], width: strong.has(e) ? 2 : 0.9,
        color: { color: strong.has(e) ? scene.ink.accent : scene.ink.line, opacity: strong.has(e) ? 0.8 : alpha },
      }));
    }

    /** Only what differs is handed to the engine. */
    function hand(set, items, isSame) {
      const wanted = new Set(items.map((item) => item.id)), gone = set.getIds().filter((id) => !wanted.has(id));
      if (gone.length) set.remove(gone);
      const changed = items.filter((item) => { const old = set.get(item.id); return !old || !isSame(old, item); });
      if (changed.length) set.update(changed);
    }

    network.on("dragEnd", heard.moved);
    network.on("zoom", () => { clearTimeout(wait); wait = setTimeout(heard.moved, 140); });
    network.on("animationFinished", heard.moved);
    network.on("click", ({ nodes: hit, pointer, event }) => {
      const topic = what.map ? scene.topicAt(view(), pointer.DOM.x, pointer.DOM.y) : -1;
      const near = hit.length ? hit[0] : scene.nodeAt(view(), list, pointer.DOM.x, pointer.DOM.y);
      if (near >= 0) heard.node(near, event.srcEvent || {});
      else if (topic >= 0) heard.topic(topic);
      else heard.nothing();
    });
    network.on("doubleClick", ({ nodes: hit }) => hit.length && heard.double(hit[0]));
    const hover = (over) => { what = { ...what, over }; host.classList.toggle("over", over >= 0); heard.over(over); network.redraw(); };
    network.on("hoverNode", ({ node }) => hover(node));
    network.on("blurNode", () => hover(-1));

    return {
      name: "pyvis",
      show(shown) {
        what = { moving: false, over: -1, overTopic: -1, ...shown };
        const hide = shown.visible.lines.length > MANY;
        if (hide !== hiding) network.setOptions({ interaction: { hideEdgesOnDrag: hide, hideEdgesOnZoom: hide } });
        hiding = hide;
        hand(nodes, [...shown.visible.shown].reverse().map(looks), (old, item) => old.x === item.x && old.y === item.y);
        hand(edges, lines(shown), (old, item) => old.width === item.width && old.color.opacity === item.color.opacity && old.color.color === item.color.color);
        network.redraw();
      },
      view,
      setView(to, animate = false) {
        const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
        network.moveTo({ position: { x: to.x, y: to.y }, scale: to.scale, animation: animate && !still ? { duration: 260, easingFunction: "easeOutQuad" } : false });
        if (animate && still) heard.moved();
      },
      zoom(factor) { network.moveTo({ scale: Math.max(0.005, Math.min(network.getScale() * factor, 8)) }); heard.moved(); },
      pan(dx, dy) { const now = view(); network.moveTo({ position: { x: now.x + dx / now.scale, y: now.y + dy / now.scale } }); heard.moved(); },
      redraw: () => network.redraw(),
      frames: () => frames,
    };
  }

  return visRenderer;
})();
