// The table of files: sorted, filtered, and no more rows in the page than somebody asked for.
const PAGE = 100;
const table = { by: "seconds", down: true, shown: PAGE };
const element = (name, text, kind) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
};
function sorted(some) {
  const { by, down } = table, sign = down ? -1 : 1;
  const before = (a, b) => (typeof a === "string" ? (a < b ? -1 : Number(a > b)) : a - b);
  return some.sort((a, b) => {
    if (a[by] === null || b[by] === null) return Number(a[by] === null) - Number(b[by] === null);
    return sign * before(a[by], b[by]) || a.at - b.at;
  });
}
function fileRow(file) {
  const row = element("tr"), head = element("th"), known = (value, text) => (value === null ? "" : text(value));
  head.scope = "row";
  head.append(element("bdi", file.name), file.critical ? " ◆" : "");
  const end = element("td");
  end.append(element("span", file.text, file.state));
  const texts = [duration(file.seconds), file.waited < 0.005 ? "–" : duration(file.waited), known(file.cpu, duration),
    known(file.peak, size), known(file.promised, size), String(file.attempts)];
  row.append(head, ...texts.map((text) => element("td", text)), end);
  return row;
}
function drawTable() {
  const some = sorted(chosen(document.getElementById("which").value, document.getElementById("find").value));
  document.querySelector("#files tbody").replaceChildren(...some.slice(0, table.shown).map(fileRow));
  document.getElementById("count").textContent = count(some.length, "file");
  const more = document.getElementById("more"), left = some.length - table.shown;
  more.hidden = left <= 0;
  more.textContent = `Show ${Math.min(left, 5 * PAGE)} more of ${left.toLocaleString("en")}`;
  for (const head of document.querySelectorAll("#files thead th")) {
    if (head.dataset.by === table.by) head.setAttribute("aria-sort", table.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
    head.firstChild.textContent = head.dataset.text +
      (head.dataset.by === table.by ? (table.down ? " ▾" : " ▴") : "");
  }
}
function startTable() {
  for (const head of document.querySelectorAll("#files thead th")) {
    const by = head.dataset.by, button = element("button", head.textContent);
    head.dataset.text = head.textContent;
    button.type = "button";
    button.onclick = () => {
      const text = by === "name" || by === "text";
      Object.assign(table, { by, down: table.by === by ? !table.down : !text, shown: PAGE });
      drawTable();
    };
    head.replaceChildren(button);
  }
  const again = () => { table.shown = PAGE; drawTable(); };
  document.getElementById("find").oninput = again;
  document.getElementById("which").onchange = again;
  document.getElementById("more").onclick = () => { table.shown += 5 * PAGE; drawTable(); };
  drawTable();
}
