/* Pictures to keep: PNG through a canvas, SVG through a pen that takes the same strokes and writes elements instead. */
paperkg.pictures = (() => {
  "use strict";
  const NAMESPACE = "http://www.w3.org/2000/svg";

  /** The part of a canvas context that the scene uses; `element` is the picture. */
  class SvgPen {
    constructor(width, height) {
      this.element = document.createElementNS(NAMESPACE, "svg");
      this.set(this.element, { xmlns: NAMESPACE, width, height, viewBox: `0 0 ${width} ${height}` });
      this.measure = document.createElement("canvas").getContext("2d");
      Object.assign(this, { globalAlpha: 1, lineWidth: 1, fillStyle: "#000", strokeStyle: "#000", font: "", textAlign: "left", move: [0, 0], zoom: 1, kept: [], path: "" });
    }
    set(element, values) { for (const [name, value] of Object.entries(values)) element.setAttribute(name, value); }
    add(name, values, text) {
      const made = document.createElementNS(NAMESPACE, name);
      this.set(made, values);
      if (text !== undefined) made.textContent = text;
      this.element.append(made);
    }
    save() { this.kept.push([this.move, this.zoom]); }
    restore() { [this.move, this.zoom] = this.kept.pop(); }
    translate(x, y) { this.move = [this.move[0] + x * this.zoom, this.move[1] + y * this.zoom]; }
    scale(factor) { this.zoom *= factor; }
    at(x, y) { return `${(x * this.zoom + this.move[0]).toFixed(1)} ${(y * this.zoom + this.move[1]).toFixed(1)}`; }
    beginPath() { this.path = ""; }
    closePath() { this.path += "Z"; }
    moveTo(x, y) { this.path += "M" + this.at(x, y); }
    lineTo(x, y) { this.path += "L" + this.at(x, y); }
    arc(x, y, r) { // whole circles only
      const size = (r * this.zoom).toFixed(1);
      this.path += `M${this.at(x - r, y)}A${size} ${size} 0 1 0 ${this.at(x + r, y)}A${size} ${size} 0 1 0 ${this.at(x - r, y)}Z`;
    }
    rect(x, y, w, h) { this.moveTo(x, y); this.lineTo(x + w, y); this.lineTo(x + w, y + h); this.lineTo(x, y + h); this.closePath(); }
    fillRect(x, y, w, h) { this.beginPath(); this.rect(x, y, w, h); this.fill(); }
    fill() { if (this.path) this.add("path", { d: this.path, fill: this.fillStyle, "fill-opacity": this.globalAlpha }); }
    stroke() {
      if (this.path) this.add("path", { d: this.path, fill: "none", stroke: this.strokeStyle, "stroke-opacity": this.globalAlpha, "stroke-width": (this.lineWidth * this.zoom).toFixed(2) });
    }
    measureText(text) { this.measure.font = this.font; return this.measure.measureText(text); }
    strokeText() {} // the outline of a text comes with the text
    fillText(text, x, y) {
      const [, weight, size, family] = /^(\S+) ([\d.]+)px (.*)$/.exec(this.font), [left, top] = this.at(x, y).split(" ");
      this.add("text", {
        x: left, y: top, fill: this.fillStyle, "font-size": size, "font-weight": weight, "font-family": family, "text-anchor": this.textAlign === "center" ? "middle" : "start",
        stroke: this.strokeStyle, "stroke-width": 3.5, "stroke-linejoin": "round", "paint-order": "stroke",
      }, text);
    }
  }

  function paint(pen, scene, view, what) {
    pen.fillStyle = scene.ink.ground;
    pen.fillRect(0, 0, view.width, view.height);
    scene.draw(pen, view, { ...what, moving: false, over: -1, overTopic: -1 });
  }

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  const blobOf = {
    png: (scene, view, what) => new Promise((done) => {
      const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
      canvas.width = view.width * 2;
      canvas.height = view.height * 2;
      pen.scale(2, 2);
      paint(pen, scene, view, what);
      canvas.toBlob(done, "image/png");
    }),
    svg: (scene, view, what) => {
      const pen = new SvgPen(view.width, view.height);
      paint(pen, scene, view, what);
      return Promise.resolve(new Blob([new XMLSerializer().serializeToString(pen.element)], { type: "image/svg+xml" }));
    },
  };

  return { blobOf, save };
})();
