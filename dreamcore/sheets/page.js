"use strict";
const byId = name => document.getElementById(name);
const data = JSON.parse(byId("data").textContent);
const grid = byId("grid"), big = byId("big"), shown = byId("shown");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const cells = [...grid.querySelectorAll(".cell")].map((element, index) => {
  const look = element.querySelector(".look"), image = look.querySelector("img");
  return {...data.cells[index], index, element, look, image, src: image && image.getAttribute("src")};
});
let visible = cells;

function say(text) {
  const told = byId("told");
  (big.open ? big.querySelector(".side") : document.body).append(told);
  told.textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => told.textContent = "", 2000);
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // where the browser does not trust files
    const area = document.createElement("textarea");
    area.value = text;
    (big.open ? big : document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) return say("This browser does not let the page copy.");
  }
  say(`${what} copied`);
}

// Thumbnails: still, moving while they are looked at, or all of those in view.
let all = false;
const observer = new IntersectionObserver(seen => {
  for (const {target, isIntersecting} of seen) turn(cells[target.dataset.index], isIntersecting && all);
}, {rootMargin: "120px"});

function turn(cell, moving) {
  const wanted = moving && cell.moving ? cell.moving : cell.src;
  if (cell.image && cell.image.getAttribute("src") !== wanted) cell.image.src = wanted;
}

function playAll(on) {
  all = on;
  byId("play").setAttribute("aria-pressed", on);
  observer.disconnect();
  for (const cell of cells) {
    if (on) observer.observe(cell.element);
    else turn(cell, false);
  }
}

for (const cell of cells) {
  cell.element.dataset.index = cell.index;
  const start = () => still.matches || turn(cell, true), stop = () => all || turn(cell, false);
  cell.look.addEventListener("pointerenter", event => event.pointerType === "touch" || start());
  cell.look.addEventListener("pointerleave", stop);
  cell.look.addEventListener("focus", start);
  cell.look.addEventListener("blur", stop);
  cell.look.addEventListener("click", () => open(cell));
}
byId("play").addEventListener("click", () => playAll(!all));

// Filters: of an axis, the values that are pressed; all of them where none is.
const pressed = axis => [...document.querySelectorAll(`[data-axis="${axis}"][aria-pressed="true"]`)].map(each => +each.dataset.value);

function filter() {
  const wanted = data.axes.map((_, axis) => new Set(pressed(axis)));
  visible = cells.filter(cell => wanted.every((values, axis) => !values.size || values.has(cell.labels[axis])));
  const kept = new Set(visible);
  for (const cell of cells) cell.element.hidden = !kept.has(cell);
  byId("count").textContent = kept.size === cells.length ? data.summary : `${kept.size} of ${cells.length}`;
  byId("none").hidden = kept.size > 0;
  arrange();
}

// A table: one axis across, a row for each combination of the others.
function arrange() {
  const axis = byId("columns").value;
  for (const head of grid.querySelectorAll(".head, .rowhead")) head.remove();
  grid.classList.toggle("table", axis !== "");
  for (const cell of cells) cell.element.style.gridArea = "";
  if (axis === "") return;
  const across = [...new Set(visible.map(cell => cell.labels[axis]))].sort((one, other) => one - other);
  const heads = across.map((value, place) => headed("head", data.axes[axis].values[value] ?? "", `1 / ${place + 1}`));
  const rows = new Map();
  grid.style.setProperty("--across", across.length);
  for (const cell of visible) {
    const others = cell.labels.filter((_, place) => place !== +axis).join();
    if (!rows.has(others)) {
      rows.set(others, {at: 2 * rows.size + 2, taken: new Set()});
      heads.push(headed("rowhead", without(cell, +axis), rows.get(others).at));
    }
    const row = rows.get(others), column = across.indexOf(cell.labels[axis]) + 1;
    if (!row.taken.has(column)) cell.element.style.gridArea = `${row.at + 1} / ${column}`;
    row.taken.add(column);
  }
  grid.prepend(...heads);
}

function without(cell, axis) {
  const texts = data.axes.map(({values, texts}, place) => place === axis || values.length < 2 ? "" : texts[cell.labels[place]]);
  return texts.filter(text => text).join(" · ");
}

function headed(kind, text, area) {
  const head = document.createElement("div");
  head.className = kind;
  head.textContent = text;
  if (kind === "head") head.style.gridArea = area;
  else head.style.gridRow = area;
  return head;
}

byId("controls").addEventListener("submit", event => event.preventDefault());
byId("controls").addEventListener("click", ({target}) => {
  const button = target.closest("[data-axis]");
  if (!button) return;
  button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
  filter();
});
byId("all").addEventListener("click", () => {
  for (const each of document.querySelectorAll('[data-axis][aria-pressed="true"]')) each.setAttribute("aria-pressed", "false");
  filter();
});
byId("columns").addEventListener("change", arrange);
byId("size").addEventListener("input", ({target}) => document.documentElement.style.setProperty("--size", `${target.value}px`));

// The big one: its frames one after the other, or its thumbnail where they are not beside the page.
let current = null, frames = [], place = 0, running = false, timer = 0;

function open(cell) {
  current = cell;
  playing(false);
  byId("name").textContent = `${data.noun} ${cell.n}`;
  byId("wrong").textContent = cell.error || (cell.image ? "" : "not made yet");
  byId("caption").textContent = cell.caption;
  byId("recipe").textContent = cell.recipe;
  byId("copy").hidden = !cell.recipe;
  byId("labels").replaceChildren(...data.axes.flatMap((axis, index) => {
    const [term, value] = ["dt", "dd"].map(tag => document.createElement(tag));
    term.textContent = axis.name;
    value.textContent = axis.values[cell.labels[index]] ?? "";
    return cell.labels[index] < 0 ? [] : [term, value];
  }));
  const set = cell.frames && data.sets[cell.frames.set];
  frames = cell.frames ? set.names.map(name => cell.frames.folder + name) : [];
  frames.delays = set ? set.delays : [];
  frames.loaded = [];
  shown.hidden = !cell.image;
  shown.alt = cell.image ? cell.image.alt : "";
  byId("original").hidden = !frames.length;
  byId("player").hidden = frames.length < 2;
  byId("frame").max = frames.length - 1;
  if (!big.open) {
    big.showModal();
    byId(frames.length > 1 ? "run" : "after").focus();  // the space bar stops what plays
  }
  if (cell.image) show(Math.max(0, frames.length - 1));
  if (frames.length > 1 && !still.matches) playing(true);
}

function load(index) {
  if (!frames.loaded[index]) {
    frames.loaded[index] = new Image();
    frames.loaded[index].src = frames[index];
  }
  return frames.loaded[index];
}

function show(index) {
  place = index;
  if (!frames.length) return instead();
  shown.src = byId("original").href = load(index).src;
  byId("frame").value = index;
  byId("place").textContent = `${index + 1} of ${frames.length}`;
}

function instead() {
  shown.src = still.matches || !current.moving ? current.src : current.moving;
  byId("player").hidden = byId("original").hidden = true;
  playing(false);
}

shown.addEventListener("error", () => frames.length && (frames = [], instead()));

function playing(on) {
  running = on;
  byId("run").textContent = on ? "Pause" : "Play";
  clearTimeout(timer);
  if (on) next();
}

function next() {
  if (!running) return;
  const following = (place + 1) % frames.length, image = load(following);
  if (image.complete) show(following);
  for (let ahead = 1; ahead < 6; ahead++) load((place + ahead) % frames.length);
  timer = setTimeout(next, image.complete ? 10 * (frames.delays[place] || 7) : 30);
}

function step(by) {
  const at = visible.indexOf(current);
  if (visible.length) open(visible[(at + by + visible.length) % visible.length]);
}

byId("run").addEventListener("click", () => playing(!running));
byId("frame").addEventListener("input", ({target}) => { playing(false); show(+target.value); });
byId("before").addEventListener("click", () => step(-1));
byId("after").addEventListener("click", () => step(1));
byId("close").addEventListener("click", () => big.close());
byId("copy").addEventListener("click", () => copy(current.recipe, "Recipe"));
big.addEventListener("close", () => { playing(false); shown.removeAttribute("src"); current.look.focus(); });
big.addEventListener("keydown", event => {
  const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (by && event.target.type !== "range") { event.preventDefault(); step(by); }
});

// Those that are picked, and the command that goes on with them.
const bar = byId("bar"), picked = new Set();
if (bar) {
  for (const cell of cells) {
    const button = cell.element.querySelector(".pick");
    if (button) button.addEventListener("click", () => {
      if (!picked.delete(cell.n)) picked.add(cell.n);
      button.setAttribute("aria-pressed", picked.has(cell.n));
      bar.hidden = !picked.size;
      byId("command").textContent = data.pick.replace("{}", [...picked].sort((one, other) => one - other).join());
    });
  }
  byId("take").addEventListener("click", () => copy(byId("command").textContent, "Command"));
}

byId("play").hidden = !cells.some(cell => cell.moving);
byId("filters").open = innerWidth > 760;
filter();
if (data.moves && !still.matches) playAll(true);
