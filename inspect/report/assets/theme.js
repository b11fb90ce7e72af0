// The theme: that of the system, or one that was chosen and is remembered if the browser
// lets a file remember something.
{
  const themes = ["auto", "light", "dark"];
  const button = document.getElementById("theme");
  let theme = "auto";
  try { theme = localStorage.getItem("theme") || theme; } catch { /* it lets none */ }
  const show = () => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = "Theme: " + theme;
  };
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try { localStorage.setItem("theme", theme); } catch { /* the same */ }
    show();
  });
  if (!themes.includes(theme)) theme = "auto";
  show();
  for (const e of document.querySelectorAll(".script-only")) e.hidden = false;
}
