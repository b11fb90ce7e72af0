// What the other scripts share: the data, elements made of text, and numbers for people.
const data = JSON.parse(document.getElementById("data").textContent);

// element makes one with attributes and contents. Names from files come in as text only.
function element(tag, attributes, ...contents) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "class") e.className = value;
    else if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else e.setAttribute(name, value);
  }
  e.append(...contents);
  return e;
}

const countForm = new Intl.NumberFormat("en-US");
const count = n => countForm.format(n);

function bytes(n) {
  if (n < 1000) return n + " B";
  for (const unit of ["kB", "MB", "GB", "TB"]) {
    n /= 1000;
    if (n < 999.5 || unit === "TB") return n.toFixed(n < 9.995 ? 2 : n < 99.95 ? 1 : 0) + " " + unit;
  }
}

// bitText is a number of bits as bytes, and bits where these are no whole ones.
function bitText(bits) {
  const whole = Math.floor(bits / 8), rest = bits % 8;
  if (!rest) return count(whole) + (whole === 1 ? " byte" : " bytes");
  return (whole ? count(whole) + " bytes and " : "") + rest + (rest === 1 ? " bit" : " bits");
}

// press marks the one of a group of buttons that is on.
function press(group, on) {
  for (const b of group.querySelectorAll("button")) b.setAttribute("aria-pressed", b === on);
}
