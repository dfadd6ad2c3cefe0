/* Making elements. What comes from the data is set through `textContent`, never as markup. */
paperkg.dom = (() => {
  "use strict";
  const NAMESPACE = "http://www.w3.org/2000/svg";

  /** A new element: its text, its attributes (an "on..." one is a listener), what stands in it. */
  function make(name, values = {}, ...inside) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(values)) {
      if (key === "text") made.textContent = value;
      else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
      else if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== undefined) made.setAttribute(key, value);
    }
    made.append(...inside.filter((part) => part !== null && part !== undefined && part !== ""));
    return made;
  }

  const button = (text, onclick, values = {}) => make("button", { type: "button", text, onclick, ...values });

  /** The mark of a kind of node, as the scene draws it. */
  function mark(kind, shape) {
    const picture = document.createElementNS(NAMESPACE, "svg"), form = document.createElementNS(NAMESPACE, shape ? "polygon" : "circle");
    picture.setAttribute("viewBox", "-1.4 -1.4 2.8 2.8");
    picture.setAttribute("class", "mark");
    picture.setAttribute("aria-hidden", "true");
    if (shape) form.setAttribute("points", shape.map((point) => point.map((value) => value.toFixed(2)).join(",")).join(" "));
    else form.setAttribute("r", "1");
    form.setAttribute("class", kind);
    picture.append(form);
    return picture;
  }

  /** A link that leads out: http and https only, else nothing. */
  function outside(address, text) {
    let url;
    try { url = new URL(address); } catch { return null; }
    if (url.protocol !== "https:" && url.protocol !== "http:") return null;
    return make("a", { href: url.href, rel: "noopener noreferrer", target: "_blank", text: text || address });
  }

  const counted = (count, one, many = one + "s") => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  const words = (relation) => relation.toLowerCase().replaceAll("_", " ");

  return { make, button, mark, outside, counted, words, byId: (id) => document.getElementById(id) };
})();
