/* Our own renderer: one canvas, typed arrays, only what is in view, a limited number of things a frame. */
paperkg.canvasRenderer = (() => {
  "use strict";

  /** Draws into `host`. `heard` is told: node(n, event), double(n), topic(t), nothing(), over(n), moved(). */
  function canvasRenderer(host, model, scene, heard) {
    const canvas = host.appendChild(document.createElement("canvas")), pen = canvas.getContext("2d", { alpha: false });
    let view = { x: 0, y: 0, scale: 1, width: 1, height: 1 }, what = null, list = [], asked = 0, rest = 0, frames = 0, flight = 0;

    function frame() {
      asked = 0;
      if (!what) return;
      const ratio = Math.min(devicePixelRatio || 1, 2);
      if (canvas.width !== Math.round(view.width * ratio) || canvas.height !== Math.round(view.height * ratio)) {
        canvas.width = Math.round(view.width * ratio);
        canvas.height = Math.round(view.height * ratio);
      }
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.fillStyle = scene.ink.ground;
      pen.fillRect(0, 0, view.width, view.height);
      list = scene.draw(pen, view, what);
      frames++;
    }
    const redraw = () => { asked ||= requestAnimationFrame(frame); };

    /** While the view moves, less is drawn; the whole picture follows when it rests. */
    function move(changes, told = true) {
      view = { ...view, ...changes };
      what = { ...what, moving: true };
      redraw();
      clearTimeout(rest);
      rest = setTimeout(() => { what = { ...what, moving: false }; redraw(); if (told) heard.moved(); }, 140);
    }

    function zoom(factor, px = view.width / 2, py = view.height / 2) {
      const scale = Math.max(0.005, Math.min(view.scale * factor, 8)), dx = px - view.width / 2, dy = py - view.height / 2;
      move({ scale, x: view.x + dx / view.scale - dx / scale, y: view.y + dy / view.scale - dy / scale });
    }

    const still = matchMedia("(prefers-reduced-motion: reduce)");
    function fly(to, animate) {
      cancelAnimationFrame(flight);
      const from = view, start = performance.now();
      if (!animate || still.matches) { move(to, animate); return; }
      const step = (now) => {
        const part = Math.min(1, (now - start) / 260), soft = part * (2 - part);
        move({ x: from.x + (to.x - from.x) * soft, y: from.y + (to.y - from.y) * soft, scale: from.scale * (to.scale / from.scale) ** soft });
        if (part < 1) flight = requestAnimationFrame(step);
      };
      flight = requestAnimationFrame(step);
    }

    const fingers = new Map();
    let travelled = 0;
    const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };
    canvas.addEventListener("pointerdown", (event) => {
      cancelAnimationFrame(flight);
      try { canvas.setPointerCapture(event.pointerId); } catch { /* a pointer that is gone already */ }
      fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
      if (fingers.size === 1) travelled = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId), now = { x: event.offsetX, y: event.offsetY };
      if (!before) return hover(now);
      const wide = fingers.size > 1 ? spread() : 0;
      fingers.set(event.pointerId, now);
      travelled += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
      if (travelled < 5) return undefined;
      const share = fingers.size;
      move({ x: view.x - (now.x - before.x) / view.scale / share, y: view.y - (now.y - before.y) / view.scale / share });
      if (wide) zoom(spread() / wide, now.x, now.y);
      return undefined;
    });
    const lift = (event) => {
      const finger = fingers.get(event.pointerId);
      fingers.delete(event.pointerId);
      if (!finger || travelled >= 5 || event.type === "pointercancel") return;
      const node = scene.nodeAt(view, list, finger.x, finger.y), topic = what.map ? scene.topicAt(view, finger.x, finger.y) : -1;
      if (node >= 0) heard.node(node, event);
      else if (topic >= 0) heard.topic(topic);
      else heard.nothing();
    };
    canvas.addEventListener("dblclick", (event) => {
      const node = scene.nodeAt(view, list, event.offsetX, event.offsetY);
      if (node >= 0) heard.double(node);
    });
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("pointerleave", () => hover(null));
    canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(1.0016 ** -Math.max(-240, Math.min(event.deltaY * (event.deltaMode ? 30 : 1), 240)), event.offsetX, event.offsetY); }, { passive: false });

    function hover(at) {
      if (!what) return;
      const over = at ? scene.nodeAt(view, list, at.x, at.y) : -1, overTopic = at && over < 0 && what.map ? scene.topicAt(view, at.x, at.y) : -1;
      if (over === what.over && overTopic === what.overTopic) return;
      what = { ...what, over, overTopic };
      canvas.classList.toggle("over", over >= 0);
      heard.over(over);
      redraw();
    }

    new ResizeObserver(() => { view = { ...view, width: host.clientWidth || 1, height: host.clientHeight || 1 }; redraw(); }).observe(host);
    view = { ...view, width: host.clientWidth || 1, height: host.clientHeight || 1 };

    return {
      name: "canvas",
      show(shown) { what = { moving: false, over: -1, overTopic: -1, ...shown }; redraw(); },
      view: () => view,
      setView(to, animate = false) { fly(to, animate); },
      zoom,
      pan: (dx, dy) => move({ x: view.x + dx / view.scale, y: view.y + dy / view.scale }),
      redraw,
      frames: () => frames,
    };
  }

  return canvasRenderer;
})();
