// How a struct lies in memory: a table of its members with the holes between them, and a
// drawing of its cache lines. Offsets and sizes are in bits.
const UNION = 1, TYPEDEF = 2, BARE = 4;             // flags of a struct
const REFERS = 0, HOLDS = 1, OPENS = 2;             // how a member leads to a struct
const NAME = 0, FLAGS = 1, SIZE = 2, HOLES = 3, HOLEBITS = 4, PADDING = 5, MEMBERS = 6;

// structOf reads one from the data.
function structOf(i) {
  const { strings, types, targets, list } = data.structs;
  const row = list[i], members = [];
  for (let at = MEMBERS; at < row.length; at += 4) {
    const [name, type, offset, bits] = row.slice(at, at + 4);
    members.push({
      name: strings[name], type: types[type], offset, bits: Math.abs(bits), field: bits < 0,
      target: targets[type] >> 2, way: targets[type] < 0 ? -1 : targets[type] & 3,
    });
  }
  return { number: i, name: strings[row[NAME]], flags: row[FLAGS], size: row[SIZE], holes: row[HOLES], holeBits: row[HOLEBITS], padding: row[PADDING], members };
}

const has = i => i >= 0 && i < data.structs.list.length;
const keyword = s => s.flags & UNION ? "union" : "struct";
const called = s => s.flags & TYPEDEF ? s.name : keyword(s) + " " + (s.name || "{ ... }");

// pieces are the members of a struct and what is between them, by offset. Of a union they are
// all from its start.
function pieces(s) {
  const all = [];
  if (s.flags & UNION) {
    for (const m of s.members) all.push({ ...m, kind: "member" });
    return all;
  }
  let end = 0;
  for (const m of s.members.slice().sort((a, b) => a.offset - b.offset)) {
    if (m.offset > end) all.push({ kind: "hole", offset: end, bits: m.offset - end });
    all.push({ ...m, kind: "member" });
    end = Math.max(end, m.offset + m.bits);
  }
  if (s.size * 8 > end && s.members.length) all.push({ kind: "padding", offset: end, bits: s.size * 8 - end });
  return all;
}

const place = bits => bits % 8 ? `${Math.floor(bits / 8)}:${bits % 8}` : String(bits / 8);

// declaration is a member as C has it, in which the name stands out and a type that is in the
// report is a link.
function declaration(m, link) {
  const i = m.type.indexOf("\n");
  const before = i < 0 ? m.type + (/[*(]$/.test(m.type) || !m.name ? "" : " ") : m.type.slice(0, i);
  const after = i < 0 ? "" : m.type.slice(i + 1);
  const code = element("code");
  const name = m.name ? [element("b", {}, m.name)] : [];
  if (m.way >= 0 && m.way !== OPENS && has(m.target)) {
    const [, type, stars] = /^(.*?)([\s*(]*)$/s.exec(before);
    code.append(link(m.target, type), stars, ...name, after);
  } else code.append(before, ...name, after);
  if (m.field) code.append(":" + m.bits);
  code.append(";");
  return code;
}

// memberRows fills a table. Members without a name are shown in their place, and others that
// are structs when somebody asks.
function memberRows(body, s, link, base = 0, level = 0, before = null) {
  const add = row => body.insertBefore(row, before);
  for (const p of pieces(s)) {
    const indent = `level${Math.min(level, 6)}`;
    if (p.kind !== "member") {
      const text = p.kind === "hole" ? "hole of " + bitText(p.bits) : bitText(p.bits) + " of padding";
      add(element("tr", { class: p.kind }, element("td", { class: "n" }, place(base + p.offset)), element("td", { class: "n" }, place(p.bits)),
        element("td", { class: indent }, text)));
      continue;
    }
    const cell = element("td", { class: indent });
    const row = element("tr", {}, element("td", { class: "n" }, place(base + p.offset)), element("td", { class: "n" }, p.field ? `${p.bits} bit${p.bits === 1 ? "" : "s"}` : place(p.bits)), cell);
    add(row);
    const inner = (p.way === OPENS || p.way === HOLDS) && has(p.target) && level < 6 ? structOf(p.target) : null;
    if (inner && p.way === OPENS) {
      cell.append(element("code", {}, keyword(inner) + " {"));
      memberRows(body, inner, link, base + p.offset, level + 1, before);
      add(element("tr", {}, element("td"), element("td"), element("td", { class: indent }, element("code", {}, "}", ...(p.name ? [" ", element("b", {}, p.name)] : []), ";"))));
      continue;
    }
    if (inner && inner.members.length) {
      let shown = null;
      const toggle = element("button", { type: "button", class: "open", "aria-expanded": "false", "aria-label": `Members of ${p.name || called(inner)}` }, "+");
      toggle.addEventListener("click", () => {
        if (shown) {
          for (const r of shown) r.remove();
          shown = null;
        } else {
          const next = row.nextSibling, last = row;
          memberRows(body, inner, link, base + p.offset, level + 1, next);
          shown = [];
          for (let r = last.nextSibling; r && r !== next; r = r.nextSibling) shown.push(r);
        }
        toggle.textContent = shown ? "−" : "+";
        toggle.setAttribute("aria-expanded", String(!!shown));
      });
      cell.append(toggle, " ");
    }
    cell.append(declaration(p, link));
  }
}

const LINE = 64 * 8; // bits of a cache line
const MOSTLINES = 256;

// drawing shows a struct as its cache lines, one above the other, or a union as its members.
// Whole lines of one member are drawn once.
function drawing(s) {
  const box = element("div", { class: "drawing", role: "img", "aria-label": `${called(s)} in memory: ${count(s.size)} bytes, ${s.holes} holes` });
  const total = s.size * 8;
  if (!total) return box;
  const all = pieces(s).filter(p => p.bits > 0).map((p, i) => ({ ...p, colour: i % 6 }));
  const segment = (p, from, to, first) => {
    const e = element("span", { class: p.kind === "member" ? `segment colour${p.colour}` : `segment ${p.kind}`, title: `${p.name || p.kind}: ${bitText(p.bits)} at ${place(p.offset)}` });
    e.style.flexGrow = to - from;
    if (first && p.kind === "member") {
      const unnamed = p.way === OPENS && has(p.target) ? keyword(structOf(p.target)) + " {…}" : "";
      e.append(element("span", {}, p.name || unnamed));
    }
    return e;
  };
  const line = (label, ...segments) => box.append(element("div", { class: "line" }, element("span", { class: "at" }, label), element("span", { class: "row" }, ...segments)));
  const space = bits => { const e = element("span", { class: "segment space" }); e.style.flexGrow = bits; return e; };

  if (s.flags & UNION) {
    for (const p of all.slice(0, MOSTLINES)) line("0", segment(p, 0, p.bits, true), ...(p.bits < total ? [space(total - p.bits)] : []));
    if (all.length > MOSTLINES) box.append(element("p", { class: "dim" }, `and ${count(all.length - MOSTLINES)} more members`));
    return box;
  }
  const wide = Math.min(LINE, total);
  let next = 0, lines = 0;
  for (let from = 0; from < total; from += LINE) {
    if (++lines > MOSTLINES) {
      box.append(element("p", { class: "dim" }, `and ${bitText(total - from)} more: the table has all members`));
      break;
    }
    const to = Math.min(from + LINE, total), segments = [];
    while (next < all.length && all[next].offset + all[next].bits <= from) next++;
    const whole = all[next];
    if (whole && whole.offset <= from && whole.offset + whole.bits >= to + 2 * LINE) { // lines without a border in them
      const n = Math.floor((whole.offset + whole.bits - from) / LINE);
      const e = segment(whole, from, to, true);
      e.append(element("span", { class: "times" }, ` × ${count(n)} lines`));
      line(place(from), e);
      from += (n - 1) * LINE;
      continue;
    }
    let at = from;
    for (let i = next; i < all.length && all[i].offset < to; i++) {
      const p = all[i], start = Math.max(p.offset, at), end = Math.min(p.offset + p.bits, to);
      if (end <= start) continue;
      if (start > at) segments.push(space(start - at));
      segments.push(segment(p, start, end, start === p.offset || start === from));
      at = end;
    }
    if (at < from + wide) segments.push(space(from + wide - at));
    line(place(from), ...segments);
  }
  return box;
}
