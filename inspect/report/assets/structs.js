// The list of structs, and the one that is chosen. Its name is in the address: #struct=NAME.
if (data.structs) {
  const section = document.getElementById("structs"), list = document.getElementById("struct-list");
  const article = document.getElementById("struct"), more = document.getElementById("struct-more");
  const sort = document.getElementById("struct-sort"), group = section.querySelector(".list .chips");
  const { strings, list: rows } = data.structs;
  const page = 200;
  let onlyHoles = false, shown = page, found = [], current = -1;

  // Those with a name, and the names of their members for the search.
  const named = [];
  for (const [number, row] of rows.entries()) {
    if (row[NAME]) named.push({ number, row, name: strings[row[NAME]], text: strings[row[NAME]].toLowerCase(), wasted: row[HOLEBITS] + row[PADDING] });
  }
  const collate = (a, b) => a.text < b.text ? -1 : a.text > b.text ? 1 : a.number - b.number;
  named.sort(collate);
  const orders = {
    name: collate,
    wasted: (a, b) => b.wasted - a.wasted || collate(a, b),
    size: (a, b) => b.row[SIZE] - a.row[SIZE] || collate(a, b),
    members: (a, b) => b.row.length - a.row.length || collate(a, b),
  };
  const lower = strings.map(s => s.toLowerCase());
  const members = s => {
    for (let at = MEMBERS; at < s.row.length; at += 4) if (search.matches(lower[s.row[at]])) return strings[s.row[at]];
  };
  // rank puts exact names first, then beginnings, other names, and members.
  const rank = s => s.text === search.text ? 0 : s.text.startsWith(search.text) ? 1 : search.matches(s.text) ? 2 : 3;

  const find = () => {
    found = named.filter(s => !onlyHoles || s.row[HOLES] > 0);
    if (search.words.length) {
      found = found.filter(s => { s.member = undefined; return search.matches(s.text) || (s.member = members(s)) !== undefined; });
    } else for (const s of found) s.member = undefined;
    found.sort(orders[sort.value]);
    if (search.words.length && sort.value === "name") {
      for (const s of found) s.rank = rank(s);
      found.sort((a, b) => a.rank - b.rank || collate(a, b));
    }
    shown = page;
    search.found("structs", found.length);
    draw();
  };

  const item = s => {
    const wasted = s.wasted ? [element("span", { class: "wasted" }, `${s.wasted < 8 ? s.wasted + " b" : count(Math.floor(s.wasted / 8)) + " B"} lost`)] : [];
    const b = element("button", { type: "button", "data-number": s.number, ...(s.number === current ? { "aria-current": "true" } : {}) },
      element("span", { class: "name" }, s.name), ...wasted, element("span", { class: "amount" }, count(s.row[SIZE]) + " B"));
    if (s.member !== undefined) b.append(element("span", { class: "member" }, "." + s.member));
    return element("li", {}, b);
  };
  const draw = () => {
    list.replaceChildren(...found.slice(0, shown).map(item));
    more.hidden = found.length <= shown;
    document.getElementById("struct-count").textContent = `${count(found.length)} of ${count(named.length)}`;
  };

  const link = (number, text) => element("a", { href: "#structs", class: "type", onclick: e => { e.preventDefault(); choose(number, true); } }, text);

  // show draws a struct.
  const show = number => {
    const s = structOf(number);
    current = number;
    const fact = (name, value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));
    const facts = [fact("size", count(s.size) + " bytes")];
    if (!(s.flags & BARE)) facts.push(fact("members", count(s.members.length)));
    if (!(s.flags & UNION)) {
      facts.push(fact("cache lines", count(Math.ceil(s.size / 64))));
      facts.push(fact("holes", s.holes ? `${count(s.holes)}, ${bitText(s.holeBits)}` : "none"));
      facts.push(fact("padding", s.padding ? bitText(s.padding) : "none"));
    }
    const contents = [element("h3", {}, called(s)), element("dl", { class: "facts" }, ...facts)];
    if (s.flags & BARE) {
      contents.push(element("p", {}, "Its members are left out, as the page would become too large: ", element("code", {}, data.command.replace("NAME", s.name))));
    } else {
      const body = element("tbody");
      memberRows(body, s, link);
      contents.push(element("div", { class: "scroll memory", tabindex: "0", role: "region", "aria-label": "Drawing of " + called(s) }, drawing(s)), element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Members of " + called(s) },
        element("table", { class: "members" }, element("thead", {}, element("tr", {}, element("th", { scope: "col", class: "n" }, "offset"), element("th", { scope: "col", class: "n" }, "size"), element("th", { scope: "col" }, "member"))), body)));
    }
    article.replaceChildren(...contents);
    for (const b of list.querySelectorAll("button")) {
      if (Number(b.dataset.number) === number) b.setAttribute("aria-current", "true");
      else b.removeAttribute("aria-current");
    }
  };
  const choose = (number, focus) => {
    show(number);
    const name = strings[rows[number][NAME]];
    if (name) history.replaceState(null, "", "#struct=" + encodeURIComponent(name));
    if (focus) {
      article.focus({ preventScroll: true });
      article.scrollIntoView({ block: "nearest" });
    }
  };
  const fromAddress = () => {
    const m = /^#struct=(.*)/.exec(location.hash);
    if (!m) return false;
    let name = m[1];
    try { name = decodeURIComponent(name); } catch { /* as it is */ }
    const s = named.find(s => s.name === name);
    if (!s) return false;
    show(s.number);
    section.scrollIntoView();
    return true;
  };

  list.addEventListener("click", e => {
    const b = e.target.closest("button");
    if (b) choose(Number(b.dataset.number), true);
  });
  list.addEventListener("keydown", e => {
    const buttons = [...list.querySelectorAll("button")], i = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: i + 1, ArrowUp: i - 1, Home: 0, End: buttons.length - 1 }[e.key];
    if (to === undefined || i < 0) return;
    buttons[Math.min(Math.max(to, 0), buttons.length - 1)].focus();
    e.preventDefault();
  });
  more.addEventListener("click", () => {
    const from = shown;
    shown += page;
    draw();
    list.querySelectorAll("button")[from]?.focus();
  });
  group.addEventListener("click", e => {
    const b = e.target.closest("button");
    if (!b) return;
    onlyHoles = !!b.dataset.holes;
    press(group, b);
    find();
  });
  sort.addEventListener("change", find);
  search.listeners.push(find);
  search.go = () => { if (found.length) { choose(found[0].number, false); section.scrollIntoView(); } };
  addEventListener("hashchange", fromAddress);

  find();
  if (!fromAddress() && named.length) show((named.find(s => s.name === "task_struct") || named.toSorted(orders.wasted)[0]).number);
}
