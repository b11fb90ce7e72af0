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

  // Modules: by text and by verdict.
  const section = document.getElementById("modules");
  if (section) {
    const rows = [...section.querySelectorAll("tbody tr")].map(row => ({ row, name: row.cells[0].textContent.toLowerCase(), text: row.textContent.toLowerCase() }));
    const group = section.querySelector(".chips");
    let wanted = "";
    const show = () => {
      // Names count, and the reasons only if no name is like that.
      const byName = rows.some(({ name }) => search.matches(name));
      let n = 0;
      for (const { row, name, text } of rows) {
        const on = (!wanted || row.className === wanted) && search.matches(byName ? name : text);
        row.hidden = !on;
        n += on;
      }
      section.querySelector(".empty").hidden = n > 0;
      section.querySelector(".scroll").hidden = n === 0;
      search.found("modules", n);
    };
    group.addEventListener("click", e => {
      const b = e.target.closest("button");
      if (!b) return;
      wanted = b.dataset.class;
      press(group, b);
      show();
    });
    search.listeners.push(show);
  }

  // Tables of sizes, and functions by reason: what has something opens.
  const lists = (part, of, items) => {
    const all = [...document.querySelectorAll(of)].map(details => ({
      details, items: [...details.querySelectorAll(items)].map(item => ({ item, text: item.textContent.toLowerCase() })),
    }));
    if (!all.length) return;
    search.listeners.push(() => {
      let n = 0;
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
