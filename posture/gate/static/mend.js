// What screen readers miss in Streamlit's own parts, mended as the page is drawn.
function mend() {
  const language = document.querySelector("[data-language]");
  if (language) document.documentElement.lang = language.dataset.language;
  // The menu's list has headings between its items, which a list must not have.
  for (const list of document.querySelectorAll('ul[data-testid="stSidebarNavItems"]')) {
    list.setAttribute("role", "none");
    for (const item of list.querySelectorAll("li")) item.setAttribute("role", "none");
  }
  // What scrolls is scrolled by keys too.
  for (const box of document.querySelectorAll('[data-testid="stTable"], [data-testid="stTable"] *')) {
    if (box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX !== "visible")
      box.tabIndex = 0;
  }
}
let due = false;
new MutationObserver(() => {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    mend();
  });
}).observe(document, { childList: true, subtree: true });
