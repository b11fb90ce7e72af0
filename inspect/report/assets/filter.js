// The search field filters everything at once, and the links to the parts say how much they
// have of it. Parts with lists of their own listen to "search".
const search = {
  text: "",
  listeners: [],
  // matches tells whether all words of the search are in a text, which is in lower case.
  matches: text => search.words.every(w => text.includes(w)),
  words: [],
  found(part, n) {
    const e = document.querySelector(`.found[data-of="${part}"]`);
    if (e) e.textContent = search.words.length ? count(n) : "";
  },
};
{
  const input = document.getElementById("search");
  let timer;
  const apply = () => {
    const text = input.value.trim().toLowerCase();
    if (text === search.text) return;
    search.text = text;
    search.words = text.split(/\s+/).filter(w => w);
    for (const f of search.listeners) f();
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 120); });
  input.addEventListener("keydown", e => {
    if (e.key === "Escape" && input.value) { input.value = ""; apply(); e.preventDefault(); }
    if (e.key === "Enter") { clearTimeout(timer); apply(); search.go?.(); e.preventDefault(); }
  });
  document.addEventListener("keydown", e => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName);
    if (e.key === "/" && !typing && !e.ctrlKey && !e.metaKey && !e.altKey) { input.focus(); input.select(); e.preventDefault(); }
  });

  // Modules: by text and by verdict. A browser takes seconds for thousands of rows, so that
  // most of them are shown when somebody asks.
  const section = document.getElementById("modules");
  if (section) {
    const few = section.querySelectorAll("tbody tr:not(.later)").length;
    const rows = [...section.querySelectorAll("tbody tr")].map(row => ({ row }));
    const read = () => {
      if (rows.length && rows[0].text === undefined) {
        for (const r of rows) [r.name, r.text] = [r.row.cells[0].textContent.toLowerCase(), r.row.textContent.toLowerCase()];
      }
    };
    const group = section.querySelector(".chips"), more = document.getElementById("more-modules");
    let wanted = "", all = false;
    const show = () => {
      if (search.words.length) read();
      // Names count, and the reasons only if no name is like that.
      const byName = rows.some(({ name }) => search.matches(name));
      let n = 0;
      for (const { row, name, text } of rows) {
        const on = (!wanted || row.classList.contains(wanted)) && search.matches(byName ? name : text);
        row.hidden = !on;
        n += on;
        row.classList.toggle("later", on && n > few && !all);
      }
      section.querySelector(".empty").hidden = n > 0;
      section.querySelector(".scroll").hidden = n === 0;
      more.hidden = all || n <= few;
      more.textContent = `Show all ${count(n)} modules`;
      search.found("modules", n);
    };
    group.addEventListener("click", e => {
      const b = e.target.closest("button");
      if (!b) return;
      wanted = b.dataset.class;
      press(group, b);
      show();
    });
    more.addEventListener("click", () => {
      all = true;
      show();
      section.querySelector(".scroll").focus();
    });
    search.listeners.push(show);
    if (rows.length > few) show();
  }

  // Tables of sizes, and functions by reason: what has something opens.
  const lists = (part, of, items) => {
    const read = () => [...document.querySelectorAll(of)].map(details => ({
      details, items: [...details.querySelectorAll(items)].map(item => ({ item, text: item.textContent.toLowerCase() })),
    }));
    let all;
    search.listeners.push(() => {
      let n = 0;
      all ??= read();
      for (const { details, items } of all) {
        let here = 0;
        for (const { item, text } of items) {
          const on = search.matches(text);
          item.hidden = !on;
          here += on;
        }
        n += here;
        if (search.words.length) {
          details.dataset.was ??= details.open ? "open" : "shut";
          details.open = here > 0;
        } else if (details.dataset.was) {
          details.open = details.dataset.was === "open";
          delete details.dataset.was;
        }
        details.classList.toggle("none", here === 0);
      }
      search.found(part, n);
    });
  };
  lists("sizes", "#sizes details", "tbody tr");
  lists("functions", "#functions details", ".names li");
}
