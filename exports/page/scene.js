/* Drawing: discs of topics, edges, nodes, labels that do not cover each other. Used by both renderers and by the pictures.
   A view is {x, y, scale, width, height}: the page unit in its middle, pixels per unit, and its size in pixels. */
paperkg.createScene = (() => {
  "use strict";
  const NODES = 6000, EDGES = 9000, LABELS = 160; // the most that one frame draws, the most important first
  const CROWDED = 60, OPEN = 48; // of a topic: pixels around one node, over pi; the radius from which its nodes have labels
  const FAINT = 0.14; // what a choice leaves behind
  const corners = (count, turn) => Array.from({ length: count }, (_, i) => [Math.cos(turn + (2 * Math.PI * i) / count), Math.sin(turn + (2 * Math.PI * i) / count)]);
  const SHAPES = {
    Paper: corners(4, Math.PI / 4), Method: null, Dataset: corners(4, 0).map(([x, y]) => [x * 1.15, y * 1.15]),
    Task: corners(3, -Math.PI / 2).map(([x, y]) => [x * 1.2, y * 1.2 + 0.15]), Metric: corners(3, Math.PI / 2).map(([x, y]) => [x * 1.2, y * 1.2 - 0.15]), Link: corners(6, 0),
  };
  const cut = (text, most) => (text.length > most ? text.slice(0, most - 1).trimEnd() + "…" : text);
  // Characters that turn the direction of writing would turn what stands after them too.
  const plain = (text) => text.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

  function createScene(model) {
    const ink = {}, widths = new Map(), texts = new Map();
    const shapes = model.kinds.map((kind) => SHAPES[kind]);
    const labels = model.nodes.map((node, n) => (n, cut(plain(node.name.slice(0, 80)), model.isPaper[n] ? 44 : 30)));
    const radii = Float32Array.from(model.nodes, (_, n) => (model.isPaper[n] ? 4.2 : model.papers[n] > 1 ? Math.min(22, 3.2 + 2.1 * Math.sqrt(model.papers[n])) : 3.2));

    function readColours() {
      const style = getComputedStyle(document.documentElement), names = ["ground", "ink", "quiet", "line", "disc", "accent"];
      for (const name of [...names, ...model.kinds]) ink[name] = style.getPropertyValue("--" + name.toLowerCase()).trim();
    }

    /** Pixels; a node grows less than the view does. */
    const radius = (n, scale) => radii[n] * Math.max(0.33, Math.min(scale, 2.5) ** 0.5);
    const onScreen = (view, n, room) => {
      const x = (model.x[n] - view.x) * view.scale + view.width / 2, y = (model.y[n] - view.y) * view.scale + view.height / 2;
      return x > -room && y > -room && x < view.width + room && y < view.height + room;
    };

    function trace(pen, kind, x, y, r) {
      const shape = shapes[kind];
      if (!shape) { pen.moveTo(x + r, y); pen.arc(x, y, r, 0, 2 * Math.PI); return; }
      shape.forEach(([dx, dy], i) => (i ? pen.lineTo(x + dx * r, y + dy * r) : pen.moveTo(x + dx * r, y + dy * r)));
      pen.closePath();
    }

    /** From here on `pen` draws in page units. */
    function enter(pen, view) {
      pen.save();
      pen.translate(view.width / 2, view.height / 2);
      pen.scale(view.scale, view.scale);
      pen.translate(-view.x, -view.y);
    }

    function drawDiscs(pen, view, what) {
      if (!what.map) return;
      enter(pen, view);
      model.topics.forEach((topic, number) => {
        if (!topic.radius) return;
        pen.beginPath();
        pen.arc(topic.x, topic.y, topic.radius, 0, 2 * Math.PI);
        pen.fillStyle = ink.disc;
        pen.fill();
        if (number === what.topic || number === what.overTopic) {
          pen.lineWidth = 1.5 / view.scale;
          pen.strokeStyle = number === what.topic ? ink.accent : ink.line;
          pen.stroke();
        }
      });
      pen.restore();
    }

    function strokeEdges(pen, view, edges, colour, alpha, width, drawn, most) {
      pen.globalAlpha = alpha;
      pen.strokeStyle = colour;
      pen.lineWidth = width / view.scale;
      pen.beginPath();
      let count = 0;
      for (const e of edges) {
        const a = model.from[e], b = model.to[e];
        if (drawn ? (drawn[a] !== 1 && drawn[b] !== 1) || drawn[a] === 2 || drawn[b] === 2 : !onScreen(view, a, 0) && !onScreen(view, b, 0)) continue;
        pen.moveTo(model.x[a], model.y[a]);
        pen.lineTo(model.x[b], model.y[b]);
        if (++count >= most) break;
      }
      pen.stroke();
      pen.globalAlpha = 1;
    }

    /** Edges as they are before anything is chosen: there, but nearly invisible. */
    const edgeAlpha = (what) => (what.near ? 0.12 : what.map ? (what.visible.lines.length > 4000 ? 0.22 : 0.4) : 0.8);

    function drawEdges(pen, view, what, drawn) {
      enter(pen, view);
      if (!what.moving || what.visible.lines.length < 3000) strokeEdges(pen, view, what.visible.lines, ink.line, edgeAlpha(what), 0.8, drawn, EDGES);
      if (what.strong.length) strokeEdges(pen, view, what.strong, ink.accent, 0.75, 1.6, null, EDGES);
      pen.restore();
    }

    function drawNode(pen, n, x, y, r, what) {
      pen.globalAlpha = what.near && !what.near[n] ? FAINT : 1;
      pen.beginPath();
      trace(pen, model.kind[n], x, y, r);
      pen.fillStyle = ink[model.kinds[model.kind[n]]];
      pen.fill();
      pen.lineWidth = r * 0.12;
      pen.strokeStyle = ink.ground;
      pen.stroke();
      pen.globalAlpha = 1;
      if (n === what.node || n === what.over) ring(pen, x, y, r, n === what.node);
    }

    function ring(pen, x, y, r, chosen) {
      pen.beginPath();
      pen.arc(x, y, r * 1.35 + 1, 0, 2 * Math.PI);
      pen.lineWidth = Math.max(r * 0.25, 1);
      pen.strokeStyle = chosen ? ink.accent : ink.quiet;
      pen.stroke();
    }

    /** The nodes of a frame, the most important first. What would only be a heap is left for a nearer view: seen from afar,
        a topic shows as many nodes as its disc has room for. `drawn` is 1 for what is drawn, 2 for what is left out. */
    function choose(view, what) {
      const drawn = new Uint8Array(model.size), list = [], room = model.topics.map((topic) => (topic.radius && what.map ? Math.max(3, (topic.radius * view.scale) ** 2 / CROWDED) : Infinity));
      for (const n of what.visible.shown) {
        if (!onScreen(view, n, 30)) continue;
        const topic = model.topic[n], chosen = what.near && what.near[n] && what.node >= 0;
        if ((topic >= 0 && !chosen && --room[topic] < 0) || list.length >= NODES) { drawn[n] = 2; continue; }
        drawn[n] = 1;
        list.push(n);
      }
      return { drawn, list };
    }

    /** All nodes, one path for each kind: thousands of single ones take too long. */
    function drawNodes(pen, view, what, list) {
      const few = list.length < 2500;
      for (const faint of what.near ? [true, false] : [false]) {
        pen.globalAlpha = faint ? FAINT : 1;
        for (let kind = model.kinds.length - 1; kind >= 0; kind--) {
          pen.beginPath();
          for (const n of list) {
            if (model.kind[n] !== kind || Boolean(what.near && !what.near[n]) !== faint) continue;
            const r = radius(n, view.scale), x = (model.x[n] - view.x) * view.scale + view.width / 2, y = (model.y[n] - view.y) * view.scale + view.height / 2;
            if (r < 1.8) pen.rect(x - r, y - r, 2 * r, 2 * r);
            else trace(pen, kind, x, y, r);
          }
          pen.fillStyle = ink[model.kinds[kind]];
          pen.fill();
          if (few) { pen.lineWidth = 0.8; pen.strokeStyle = ink.ground; pen.stroke(); }
        }
      }
      pen.globalAlpha = 1;
      for (const n of [what.over, what.node]) {
        if (n < 0 || !what.visible.nodes[n]) continue;
        const [x, y] = toScreen(view, model.x[n], model.y[n]);
        ring(pen, x, y, radius(n, view.scale), n === what.node);
      }
    }

    const toScreen = (view, x, y) => [(x - view.x) * view.scale + view.width / 2, (y - view.y) * view.scale + view.height / 2];

    function width(pen, text, size, weight) {
      const key = weight + text;
      if (!widths.has(key)) { pen.font = font(20, weight); widths.set(key, pen.measureText(text).width / 20); }
      return widths.get(key) * size;
    }

    const font = (size, weight) => `${weight} ${size}px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif`;

    /** Rectangles that are taken, in squares of the view, so that asking is quick. */
    function createTaken() {
      const squares = new Map(), side = 80;
      function* keys([x, y, w, h]) {
        for (let i = Math.floor(x / side); i <= Math.floor((x + w) / side); i++)
          for (let j = Math.floor(y / side); j <= Math.floor((y + h) / side); j++) yield i * 4096 + j;
      }
      const meet = (a, b) => a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3];
      return {
        /** How many of those that are taken a box would cover. */
        covers(box) {
          const found = new Set();
          for (const key of keys(box)) for (const other of squares.get(key) || []) if (meet(box, other)) found.add(other);
          return found.size;
        },
        take(box) {
          for (const key of keys(box)) { if (!squares.has(key)) squares.set(key, []); squares.get(key).push(box); }
        },
      };
    }

    /** A text with an outline of the ground's colour; `x` is its left end, or its middle. Drawn once, then copied: an outline costs much. */
    function write(pen, text, x, y, size, weight, colour) {
      if (!pen.drawImage) return outlined(pen, text, x, y, size, weight, colour);
      const ratio = pen.getTransform().a, key = [text, size, weight, colour, ink.ground, ratio].join("|"), wide = Math.ceil(width(pen, text, size, weight)) + 6, high = Math.ceil(size * 1.5);
      if (!texts.has(key)) {
        if (texts.size > 800) texts.clear();
        const copy = document.createElement("canvas"), fresh = copy.getContext("2d");
        copy.width = wide * ratio;
        copy.height = high * ratio;
        fresh.scale(ratio, ratio);
        outlined(fresh, text, 3, size * 1.1, size, weight, colour);
        texts.set(key, copy);
      }
      const left = pen.textAlign === "center" ? x - (wide - 6) / 2 : x;
      pen.drawImage(texts.get(key), Math.round((left - 3) * ratio) / ratio, Math.round((y - size * 1.1) * ratio) / ratio, wide, high);
      return undefined;
    }

    function outlined(pen, text, x, y, size, weight, colour) {
      pen.font = font(size, weight);
      pen.lineJoin = "round";
      pen.lineWidth = 3.5;
      pen.strokeStyle = ink.ground;
      pen.strokeText(text, x, y);
      pen.fillStyle = colour;
      pen.fillText(text, x, y);
    }

    /** Names of topics above their discs: the largest first, the second line only where there is room. */
    function drawTopicNames(pen, view, what, taken) {
      pen.textAlign = "center";
      const numbers = [...model.topics.keys()].sort((a, b) => model.topics[b].papers - model.topics[a].papers || a - b);
      for (const number of numbers) {
        const topic = model.topics[number], reach = topic.radius * view.scale;
        if (!topic.name || !what.topicsSeen[number]) continue;
        const [middle, top] = toScreen(view, topic.x, topic.y - topic.radius);
        if (middle < -reach || middle > view.width + reach || top < -2 * reach || top > view.height + 60) continue;
        const size = topic.radius ? Math.max(12, Math.min(17, Math.round(9 + reach / 18))) : 12;
        pen.globalAlpha = what.near && number !== what.topic ? 0.45 : 1;
        for (const lines of topicLines(topic, reach)) {
          const widest = Math.max(...lines.map((line) => width(pen, line, size, 600))), height = lines.length * size * 1.15;
          // A name stays in the view while its disc is seen.
          const x = Math.max(widest / 2 + 4, Math.min(middle, view.width - widest / 2 - 4)), y = Math.max(top, height + 4), box = [x - widest / 2, y - height, widest, height];
          if (taken.covers(box) || y > top + 1.6 * reach + 1 || Math.abs(x - middle) > reach + 40) continue;
          taken.take(box);
          lines.forEach((line, i) => write(pen, line, x, y - height + (i + 0.8) * size * 1.15, size, 600, number === what.topic ? ink.accent : ink.quiet));
          break;
        }
      }
      pen.globalAlpha = 1;
      pen.textAlign = "left";
    }

    /** The lines of a topic's name, and the shorter ones for where these have no room. */
    function topicLines(topic, reach) {
      const names = plain(topic.name).split(" · ").map((name) => cut(name, 44));
      return names.length > 1 && reach > OPEN ? [names, [names[0]], [names[1]]] : [[names[0]], [cut(names[0], 18)]];
    }

    /** Labels of nodes: what is chosen first, then by importance; each right of its node, else left, below, above, else not at all. */
    function drawLabels(pen, view, what, list) {
      const names = createTaken(), marks = createTaken(), loud = what.near && what.node >= 0;
      const wanted = what.near ? [what.node, ...list.filter((n) => what.near[n] && n !== what.node)].filter((n) => n >= 0) : list;
      if (what.map && !loud) drawTopicNames(pen, view, what, names);
      if (what.moving && list.length > 2500) return;
      for (const n of wanted.slice(0, 500)) {
        if (model.isPaper[n] && what.map) continue; // a name may lie on a paper, rather than on a thing with a name
        const r = radius(n, view.scale), [x, y] = toScreen(view, model.x[n], model.y[n]);
        (r < 7 ? marks : names).take([x - r, y - r, 2 * r, 2 * r]);
      }
      let count = 0;
      const most = Math.min(LABELS, (view.width * view.height) / 5500);
      for (const n of wanted) {
        if (count >= most) break;
        if (labelled(view, what, n) && drawLabel(pen, view, what, n, names, marks)) count++;
      }
      if (what.map && loud) drawTopicNames(pen, view, what, names);
      if (what.over >= 0 && what.visible.nodes[what.over]) drawLabel(pen, view, what, what.over, createTaken(), createTaken());
    }

    const labelled = (view, what, n) => {
      if (n === what.node || (what.near && what.near[n]) || !what.map) return true;
      const topic = model.topics[model.topic[n]];
      if (topic && topic.radius && topic.radius * view.scale < OPEN) return false;
      return model.isPaper[n] ? view.scale > 1.5 || what.visible.shown.length < 80 : model.papers[n] > 1 || view.scale > 1.8;
    };

    function drawLabel(pen, view, what, n, names, marks) {
      const [x, y] = toScreen(view, model.x[n], model.y[n]), r = radius(n, view.scale), text = labels[n], chosen = n === what.node;
      const size = model.isPaper[n] ? 11 : Math.min(15, Math.round(21 + Math.log2(Math.max(1, model.papers[n])) * 1.8) / 2), weight = chosen ? 700 : 400;
      const wide = width(pen, text, size, weight), gap = r * (chosen ? 1.5 : 1) + 3, high = size * 1.1;
      const places = [[x + gap, y - high / 2], [x - gap - wide, y - high / 2], [x - wide / 2, y + gap], [x - wide / 2, y - gap - high]].map(([left, top]) => [left - 2, top, wide + 4, high]);
      if (!what.map && x < view.width / 2 - 20) places.unshift(...places.splice(1, 1)); // around a node: outwards
      const free = places.filter((box) => box[0] > 0 && box[0] + box[2] < view.width && !names.covers(box)).map((box) => [marks.covers(box), box]);
      const best = free.reduce((least, one) => (one[0] < least[0] ? one : least), [Infinity, null]);
      const loud = chosen || (what.near ? true : model.papers[n] > 3) || !what.map;
      if (!best[1] || best[0] > (loud ? 2 : 0)) return false;
      names.take(best[1]);
      write(pen, text, best[1][0] + 2, best[1][1] + high * 0.8, size, weight, ink.ink);
      return true;
    }

    /** One whole frame; gives back the nodes that were drawn. */
    function draw(pen, view, what) {
      const { drawn, list } = choose(view, what);
      drawDiscs(pen, view, what);
      drawEdges(pen, view, what, drawn);
      drawNodes(pen, view, what, list);
      drawLabels(pen, view, what, list);
      return list;
    }

    /** What stands at a point of the view: a node, else -1; the nearest of `list`. */
    function nodeAt(view, list, px, py) {
      let best = -1, nearest = Infinity;
      for (const n of list) {
        const [x, y] = toScreen(view, model.x[n], model.y[n]), distance = Math.hypot(px - x, py - y), r = Math.max(radius(n, view.scale), 3) + 4;
        if (distance < r && distance < nearest) { nearest = distance; best = n; }
      }
      return best;
    }

    function topicAt(view, px, py) {
      const x = (px - view.width / 2) / view.scale + view.x, y = (py - view.height / 2) / view.scale + view.y;
      return model.topics.findIndex((topic) => Math.hypot(x - topic.x, y - topic.y) < topic.radius);
    }

    /** The view that shows `nodes` whole. */
    function fit(nodes, size) {
      let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
      for (const n of nodes) {
        left = Math.min(left, model.x[n]); right = Math.max(right, model.x[n]);
        top = Math.min(top, model.y[n]); bottom = Math.max(bottom, model.y[n]);
      }
      if (left > right) return { x: 0, y: 0, scale: 1, ...size };
      const side = Math.min(70, size.width * 0.1), scale = Math.min((size.width - 2 * side) / (right - left || 1), (size.height - 90) / (bottom - top || 1), 1.6);
      return { x: (left + right) / 2, y: (top + bottom) / 2 - 12 / Math.max(scale, 1e-3), scale: Math.max(scale, 1e-3), ...size };
    }

    readColours();
    return { readColours, draw, drawDiscs, drawNode, drawLabels, choose, nodeAt, topicAt, fit, radius, edgeAlpha, ink, shapes };
  }

  return createScene;
})();
