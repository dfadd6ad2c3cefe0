/* Where the nodes stand: at home; around one of them; along a path. */
paperkg.places = (() => {
  "use strict";
  const SPACE = 46; // between neighbours on a ring, in page units

  function home(model) {
    model.x.set(model.homeX);
    model.y.set(model.homeY);
  }

  /** Neighbours on rings around `centre`, kind by kind; what is two steps away stands behind the neighbour it is joined to. */
  function around(model, centre, distance, edges) {
    const near = [], behind = new Map();
    for (const n of model.order) if (distance[n] === 1) near.push(n);
    near.sort((a, b) => model.kind[a] - model.kind[b] || model.papers[b] - model.papers[a] || a - b);
    for (const n of model.order) {
      if (distance[n] !== 2) continue;
      const before = [...model.edgesOf(n)].filter((e) => edges[e]).map((e) => model.other(e, n)).find((m) => distance[m] === 1);
      if (!behind.has(before)) behind.set(before, []);
      behind.get(before).push(n);
    }
    const shares = near.map((n) => 1 + (behind.get(n) || []).length), total = shares.reduce((sum, share) => sum + share, 0);
    const rings = Math.ceil(Math.sqrt(near.length / 18)) || 1; // a ring holds about as many as it is long
    const radius = Math.max(2.6 * SPACE, (near.length * SPACE) / (2 * Math.PI * rings));
    const outer = radius + rings * 1.6 * SPACE;
    model.x[centre] = model.y[centre] = 0;
    let share = 0;
    near.forEach((n, number) => {
      const angle = ((share + shares[number] / 2) / total) * 2 * Math.PI - Math.PI / 2, distant = radius + (number % rings) * 1.4 * SPACE;
      put(model, n, angle, distant);
      fan(model, behind.get(n) || [], angle, (shares[number] / total) * 2 * Math.PI, outer);
      share += shares[number];
    });
  }

  /** `nodes` in arcs of `width` radians around the direction `angle`. */
  function fan(model, nodes, angle, width, from) {
    const row = Math.max(1, Math.floor((width * from) / (0.8 * SPACE)));
    nodes.forEach((n, number) => {
      const inRow = Math.min(row, nodes.length - Math.floor(number / row) * row), place = ((number % row) + 0.5) / inRow - 0.5;
      put(model, n, angle + place * width * 0.9, from + Math.floor(number / row) * 0.9 * SPACE);
    });
  }

  function put(model, n, angle, distance) {
    model.x[n] = Math.round(Math.cos(angle) * distance * 1.25); // labels are wider than high
    model.y[n] = Math.round(Math.sin(angle) * distance);
  }

  function along(model, path, wide) {
    path.forEach((n, number) => {
      const on = number * 2.6 * SPACE, aside = (number % 2 ? 1 : -1) * 0.8 * SPACE;
      model.x[n] = Math.round(wide ? on : aside);
      model.y[n] = Math.round(wide ? aside : on);
    });
  }

  return { home, around, along };
})();
