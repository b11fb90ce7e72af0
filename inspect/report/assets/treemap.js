// The treemap: rectangles of the sizes of their parts, two levels at a time.
if (data.sizes.length) {
  const box = document.getElementById("treemap"), path = document.getElementById("tree-path");
  const views = document.getElementById("views");
  let root, place = []; // the nodes from the root to what is shown

  // tree makes nodes of the leaves: { name, bytes, types, children }.
  const tree = view => {
    const top = { name: "all", bytes: 0, types: 0, children: new Map() };
    for (const [names, size, types] of view.leaves) {
      let node = top;
      node.bytes += size;
      node.types += types;
      for (const name of names) {
        let child = node.children.get(name);
        if (!child) node.children.set(name, child = { name, bytes: 0, types: 0, children: new Map() });
        node = child;
        node.bytes += size;
        node.types += types;
      }
    }
    return top;
  };
  const bySize = node => [...node.children.values()].filter(c => c.bytes > 0).sort((a, b) => b.bytes - a.bytes);

  // place puts rectangles into an area so that they are as square as can be: in rows along the
  // shorter side, each as long as more make it squarer (Bruls, Huizing, van Wijk: Squarified
  // Treemaps, 2000). It calls put with each node and its rectangle.
  const squarify = (nodes, x, y, w, h, put) => {
    let total = nodes.reduce((sum, n) => sum + n.bytes, 0), i = 0;
    while (i < nodes.length && w > 0 && h > 0) {
      const side = Math.min(w, h), scale = w * h / total;
      let sum = 0, worst = Infinity, end = i;
      for (let least = Infinity, most = 0; end < nodes.length; end++) {
        const area = nodes[end].bytes * scale, next = sum + area;
        least = Math.min(least, area);
        most = Math.max(most, area);
        const ratio = Math.max(side * side * most / (next * next), next * next / (side * side * least));
        if (ratio > worst) break;
        worst = ratio;
        sum = next;
      }
      const depth = sum / side;
      for (let at = 0; i < end; i++) {
        const length = nodes[i].bytes * scale / depth;
        total -= nodes[i].bytes;
        if (w >= h) put(nodes[i], x, y + at, depth, length);
        else put(nodes[i], x + at, y, length, depth);
        at += length;
      }
      if (w >= h) { x += depth; w -= depth; } else { y += depth; h -= depth; }
    }
  };

  const colours = 7, smallest = 3, labelled = 18; // in pixels
  const head = 20;
  const node = () => place.length ? place[place.length - 1] : root;

  // tile is a rectangle: a button if it has others in it. Those inside are drawn over it and
  // are nothing of their own, neither to the pointer nor to who cannot see them.
  const tile = (n, x, y, w, h, colour) => {
    const level = colour === undefined ? 1 : 0;
    const share = (100 * n.bytes / root.bytes).toFixed(1);
    const label = `${n.name} ${bytes(n.bytes)}, ${share} %` + (n.types ? `, ${count(n.types)} types` : "");
    const opens = level === 0 && n.children.size > 0;
    const role = opens ? { type: "button", "aria-label": label } : level === 0 ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
    const e = element(opens ? "button" : "div", { class: `tile level${level} colour${colour}`, title: label, ...role });
    const part = (n, of) => (100 * n / of).toFixed(3) + "%"; // so that it fits on paper as well
    Object.assign(e.style, { left: part(x, box.clientWidth), top: part(y, box.clientHeight), width: part(w, box.clientWidth), height: part(h, box.clientHeight) });
    if (h >= labelled && w >= 30) {
      const text = element("span", { class: "label" }, element("span", { class: "name" }, n.name));
      if (w >= 110) text.append(" ", element("span", { class: "amount" }, bytes(n.bytes)));
      e.append(text);
    }
    if (opens) {
      e.dataset.name = n.name;
      e.addEventListener("click", () => open([...place, n]));
    }
    return e;
  };

  const draw = () => {
    const width = box.clientWidth, height = box.clientHeight;
    const tiles = [], shown = bySize(node());
    squarify(shown, 0, 0, width, height, (n, x, y, w, h) => {
      if (w < smallest || h < smallest) return;
      tiles.push(tile(n, x, y, w, h, n.children.size ? shown.indexOf(n) % colours : colours));
      if (n.children.size && w > 60 && h > head + 30) {
        squarify(bySize(n), x + 4, y + head, w - 8, h - head - 4, (m, x, y, w, h) => {
          if (w >= smallest && h >= smallest) tiles.push(tile(m, x, y, w, h));
        });
      }
    });
    box.replaceChildren(...tiles);
    for (const [i, b] of [...box.querySelectorAll("button")].entries()) b.tabIndex = i ? -1 : 0;
    path.replaceChildren(...[root, ...place].map((n, i) => {
      const last = i === place.length;
      const text = (i ? n.name : "All") + " " + bytes(n.bytes);
      return last ? element("span", { "aria-current": "true" }, text) : element("button", { type: "button", onclick: () => open(place.slice(0, i)) }, text);
    }));
  };

  const open = (next, focus = true) => {
    const left = place[next.length];
    place = next;
    draw();
    const buttons = [...box.querySelectorAll("button")];
    const back = left && buttons.find(b => b.dataset.name === left.name);
    if (focus) (back || buttons[0] || path.querySelector("button"))?.focus();
  };

  box.addEventListener("keydown", e => {
    const buttons = [...box.querySelectorAll("button")], i = buttons.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (step && i >= 0) {
      const to = buttons[(i + step + buttons.length) % buttons.length];
      for (const b of buttons) b.tabIndex = b === to ? 0 : -1;
      to.focus();
    } else if ((e.key === "Backspace" || e.key === "Escape") && place.length) {
      open(place.slice(0, -1));
    } else return;
    e.preventDefault();
  });
  path.addEventListener("keydown", e => {
    if (e.key === "Backspace" && place.length) { open(place.slice(0, -1)); e.preventDefault(); }
  });

  const choose = view => {
    root = tree(view);
    for (const d of document.querySelectorAll("#sizes details.view")) d.hidden = d.dataset.view !== view.id;
    open([], false);
  };
  for (const view of data.sizes) {
    views.append(element("button", { type: "button", "aria-pressed": view === data.sizes[0], onclick: e => { press(views, e.currentTarget); choose(view); } }, "By " + view.title));
  }
  choose(data.sizes[0]);
  let width = box.clientWidth;
  new ResizeObserver(() => { if (box.clientWidth !== width) { width = box.clientWidth; draw(); } }).observe(box);
}
