// The trace waterfall: a tree of spans, each with a bar at its true place in time.
// Only the rows in view are in the document, so 5,000 spans are as quick as fifty.
// Every text of a trace is set with textContent; nothing here writes HTML.

const ROW = 28;
const SPARE = 8; // rows drawn above and below the view
const SEND_AFTER_MS = 180; // a held arrow key asks for the detail of the span it stops on, not of each it passes
const KINDS = {
  llm: ["LLM", "#2f7fc1"], tool: ["tool", "#d55e00"], retriever: ["retr", "#009e73"], reranker: ["rank", "#009e73"],
  embedding: ["emb", "#3a93bd"], agent: ["agent", "#b565a7"], chain: ["chain", "#7f7f7f"], guardrail: ["guard", "#b07d00"],
  evaluator: ["eval", "#c2546b"], prompt: ["prompt", "#7f7f7f"], event: ["event", "#7f7f7f"], span: ["span", "#7f7f7f"],
};
const states = new WeakMap();

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  let state = states.get(parentElement);
  if (!state) {
    state = { view: build(parentElement), collapsed: new Set(), zoom: null, query: "", active: 0, timer: 0 };
    states.set(parentElement, state);
    listen(state);
  }
  state.send = (row) => setStateValue("span", state.data.span_id[row]);
  if (!state.data || state.data.key !== data.key) begin(state, data);
  else state.data = data;
  const asked = data.span_id.indexOf(data.selected);
  if (asked >= 0 && data.selected !== state.asked) {
    state.selected = state.active = asked;
    reveal(state, asked);
  }
  state.asked = data.selected;
  arrange(state);
  keepInView(state);
  draw(state);
  return () => { clearTimeout(state.timer); state.sizes?.disconnect(); states.delete(parentElement); };
}

function make(tag, className, parent) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  parent?.appendChild(element);
  return element;
}

function build(parentElement) {
  const root = make("div", "waterfall", null);
  const tools = make("div", "tools", root);
  const search = make("input", "", tools);
  search.type = "search";
  search.placeholder = "Find spans by name, kind or error";
  search.setAttribute("aria-label", "Find spans by name, kind or error");
  const button = (label) => { const b = make("button", "", tools); b.type = "button"; b.textContent = label; return b; };
  const zoom = button("Zoom to span");
  const whole = button("Whole trace");
  const fold = button("Collapse all");
  const said = make("span", "said", tools);
  said.setAttribute("role", "status");
  const head = make("div", "head", root);
  head.setAttribute("aria-hidden", "true");
  make("div", "", head).textContent = "Span";
  const ticks = make("div", "ticks", head);
  make("div", "last", head).textContent = "Duration";
  const tree = make("div", "tree", root);
  tree.tabIndex = 0;
  tree.setAttribute("role", "tree");
  tree.setAttribute("aria-label", "Spans of the trace");
  const inner = make("div", "inner", tree);
  inner.setAttribute("role", "none");
  const hints = make("div", "hints", root);
  make("span", "line", hints);
  make("span", "", hints).textContent = "on the critical path: shortening it shortens the trace. ";
  make("span", "keys", hints).textContent = "Keys: ↑ ↓ Home End move, ← → collapse and expand, Enter opens, z zooms, Esc goes back.";
  (parentElement.querySelector?.(".mount") ?? parentElement).appendChild(root);
  return { root, search, zoom, whole, fold, said, ticks, tree, inner, hints };
}

function begin(state, data) {
  state.data = data;
  const many = data.span_id.length;
  state.children = Array.from({ length: many }, () => []);
  data.parent.forEach((parent, row) => { if (parent >= 0) state.children[parent].push(row); });
  state.last = new Int32Array(many); // last row of each subtree: rows are in reading order
  for (let row = many - 1; row >= 0; row--) {
    state.last[row] = Math.max(row, state.last[row]);
    const parent = data.parent[row];
    if (parent >= 0) state.last[parent] = Math.max(state.last[parent], state.last[row]);
  }
  state.hasTimedRoot = data.parent.some((parent, row) => parent < 0 && data.duration[row] > 0);
  state.collapsed.clear();
  state.zoom = null;
  state.query = state.view.search.value = "";
  state.selected = -1;
  state.active = 0;
  state.asked = undefined;
  state.haystack = data.name.map((name, row) => `${name} ${data.kind[row]} ${data.status[row]} ${data.problem[row]}`.toLowerCase());
  state.view.tree.scrollTop = 0;
}

// Which rows are shown, in order: within the zoom, not below a collapsed one, and on the way to a match.
function arrange(state) {
  const { data } = state;
  const first = state.zoom === null ? 0 : state.zoom;
  const last = state.zoom === null ? data.span_id.length - 1 : state.last[state.zoom];
  let wanted = null;
  state.matches = 0;
  if (state.query) {
    wanted = new Set();
    for (let row = first; row <= last; row++) {
      if (!state.haystack[row].includes(state.query)) continue;
      state.matches++;
      for (let up = row; up >= first && !wanted.has(up); up = data.parent[up]) wanted.add(up);
    }
  }
  state.rows = [];
  for (let row = first; row <= last; row++) {
    if (wanted && !wanted.has(row)) continue;
    state.rows.push(row);
    if (!wanted && state.collapsed.has(row)) row = state.last[row];
  }
  state.place = new Map(state.rows.map((row, place) => [row, place]));
  if (!state.place.has(state.active)) state.active = nearest(state);
  const [start, length] = extent(state, first, last);
  state.start = start;
  state.length = length || 1;
}

function nearest(state) {
  for (let up = state.active; up >= 0; up = state.data.parent[up]) if (state.place.has(up)) return up;
  return state.rows[0] ?? 0;
}

function extent(state, first, last) {
  const { data } = state;
  if (state.zoom !== null && data.duration[state.zoom] > 0) return [data.start[state.zoom], data.duration[state.zoom]];
  let low = Infinity, high = -Infinity;
  for (let row = first; row <= last; row++) { // a late child does not stretch its trace: roots say how long it took
    if (state.zoom === null && state.hasTimedRoot && !(data.parent[row] < 0 && data.duration[row] > 0)) continue;
    low = Math.min(low, data.start[row]);
    high = Math.max(high, data.start[row] + (data.duration[row] ?? 0));
  }
  return [low, high - low];
}

function reveal(state, row) {
  if (state.zoom !== null && (row < state.zoom || row > state.last[state.zoom])) state.zoom = null;
  for (let up = state.data.parent[row]; up >= 0; up = state.data.parent[up]) state.collapsed.delete(up);
}

function draw(state) {
  const { view, rows, data } = state;
  const height = Math.min(Math.max(rows.length, 1) * ROW, data.height);
  view.tree.style.height = `${height}px`;
  view.inner.style.height = `${Math.max(rows.length, 1) * ROW}px`;
  const first = Math.max(0, Math.floor(view.tree.scrollTop / ROW) - SPARE);
  const last = Math.min(rows.length, Math.ceil((view.tree.scrollTop + height) / ROW) + SPARE);
  const shown = rows.slice(first, last).map((row, offset) => rowElement(state, row, first + offset));
  view.inner.replaceChildren(...shown);
  if (!rows.length) make("div", "none", view.inner).textContent = "No span matches.";
  if (state.place.has(state.active)) view.tree.setAttribute("aria-activedescendant", `span-${state.active}`);
  else view.tree.removeAttribute("aria-activedescendant");
  drawTicks(state);
  view.zoom.disabled = !state.children[state.active]?.length || state.zoom === state.active;
  view.whole.disabled = state.zoom === null;
  view.fold.textContent = state.collapsed.size ? "Expand all" : "Collapse all";
  const all = `${data.span_id.length.toLocaleString("en")} spans`;
  const said = state.query ? `${state.matches.toLocaleString("en")} of ${all} match` : rows.length < data.span_id.length ? `${rows.length.toLocaleString("en")} of ${all} shown` : all;
  if (view.said.textContent !== said) view.said.textContent = said;
}

function drawTicks(state) {
  const { view, data } = state;
  view.hints.style.display = data.timed ? "" : "none";
  if (!data.timed) { view.ticks.replaceChildren(Object.assign(make("span"), { textContent: "Order of arrival; the source has no times" })); return; }
  const roomy = view.ticks.clientWidth > 260;
  view.ticks.replaceChildren(...(roomy ? [0, 0.25, 0.5, 0.75] : [0, 0.5]).map((share) => {
    const tick = make("span");
    tick.style.left = `${share * 100}%`;
    tick.textContent = words(state.start + share * state.length, state.length);
    return tick;
  }));
}

function rowElement(state, row, place) {
  const { data } = state;
  const [kindWord, hue] = KINDS[data.kind[row]] ?? KINDS.span;
  const failed = data.status[row] === "error";
  const element = make("div", "row");
  element.id = `span-${row}`;
  element.dataset.row = row;
  element.style.top = `${place * ROW}px`;
  element.style.setProperty("--hue", hue);
  element.setAttribute("role", "treeitem");
  element.setAttribute("aria-level", String(data.depth[row] + 1));
  element.setAttribute("aria-selected", String(row === state.selected));
  element.setAttribute("aria-setsize", String(data.parent[row] >= 0 ? state.children[data.parent[row]].length : 1));
  element.setAttribute("aria-posinset", String(data.parent[row] >= 0 ? state.children[data.parent[row]].indexOf(row) + 1 : 1));
  if (row === state.active) element.classList.add("active");
  if (data.timed && !(data.critical[row] > 0)) element.classList.add("beside");
  const hasChildren = state.children[row].length > 0;
  const open = !state.collapsed.has(row) || Boolean(state.query);
  if (hasChildren) element.setAttribute("aria-expanded", String(open));
  element.setAttribute("aria-label", spoken(state, row));

  const name = make("div", "name", element);
  name.style.paddingLeft = `${Math.min(data.depth[row], 12) * 12}px`;
  const twist = make("span", "twist", name);
  twist.textContent = hasChildren ? (open ? "▼" : "▶") : "";
  make("span", "kind", name).textContent = kindWord;
  if (failed) make("span", "mark error", name).textContent = "✕";
  if (data.flag[row]) make("span", "mark", name).textContent = "⚑";
  if (data.status[row] === "running") make("span", "mark", name).textContent = "…";
  const text = make("span", "text", name);
  text.textContent = data.name[row];
  element.title = spoken(state, row);
  if (data.repeat[row]) make("span", "mark", name).textContent = `↻ ${data.repeat[row]}`;
  if (hasChildren && !open) make("span", "mark", name).textContent = `+${(state.last[row] - row).toLocaleString("en")}`;
  lane(state, row, make("div", "lane", element), failed);
  make("div", "last", element).textContent = data.duration[row] === null ? (data.timed ? "no end" : "–") : words(data.duration[row], data.duration[row]);
  return element;
}

function lane(state, row, parent, failed) {
  const { data } = state;
  if (!data.timed) { make("span", "order", parent).textContent = `#${row + 1}`; return; }
  const left = ((data.start[row] - state.start) / state.length) * 100;
  const after = data.start[row] - state.start - state.length;
  if (after > 0) { make("span", "order later", parent).textContent = `${words(after, after)} later ▸`; return; }
  const bar = make("div", "bar", parent);
  bar.style.left = `${Math.min(left, 99.7)}%`;
  if (data.duration[row] === null) { bar.classList.add("point"); return; }
  const width = `${(data.duration[row] / state.length) * 100}%`;
  bar.style.width = width;
  if (failed) bar.classList.add("failed");
  if (data.critical[row] > 0) {
    const path = make("div", "path", parent);
    path.style.left = bar.style.left;
    path.style.width = width;
  }
}

function spoken(state, row) {
  const { data } = state;
  const parts = [data.name[row], data.kind[row]];
  parts.push(data.duration[row] === null ? "duration unknown" : words(data.duration[row], data.duration[row]));
  if (data.status[row] === "error") parts.push(`error ${data.problem[row]}`.trim());
  if (data.flag[row]) parts.push("injection flag");
  if (data.status[row] === "running") parts.push("has not ended");
  if (data.critical[row] > 0) parts.push(`${words(data.critical[row], data.critical[row])} on the critical path`);
  if (data.repeat[row]) parts.push(`identical call ${data.repeat[row].replace("/", " of ")}`);
  return parts.join(", ");
}

function words(ms, scale) {
  if (scale >= 60000) return `${Math.floor(ms / 60000)} min ${String(Math.round((ms % 60000) / 1000)).padStart(2, "0")} s`;
  if (scale >= 1000) return `${(ms / 1000).toFixed(scale >= 10000 ? 1 : 2)} s`;
  return `${ms >= 10 || ms === 0 ? ms.toFixed(0) : ms.toPrecision(2)} ms`;
}

function listen(state) {
  const { view } = state;
  let waiting = false;
  view.tree.addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(state); });
  });
  view.tree.addEventListener("click", (event) => {
    const element = event.target.closest(".row");
    if (!element) return;
    const row = Number(element.dataset.row);
    if (event.target.closest(".twist") && state.children[row].length) { state.active = row; toggle(state, row); }
    else choose(state, row, 0);
  });
  view.tree.addEventListener("dblclick", (event) => {
    const element = event.target.closest(".row");
    if (element) zoomTo(state, Number(element.dataset.row));
  });
  view.tree.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !press(state, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  view.search.addEventListener("input", () => { state.query = view.search.value.trim().toLowerCase(); view.tree.scrollTop = 0; refresh(state); });
  view.search.addEventListener("keydown", (event) => {
    event.stopPropagation(); // Streamlit's own single-key shortcuts must not fire while somebody types
    if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); view.tree.focus(); }
  });
  view.zoom.addEventListener("click", () => zoomTo(state, state.active));
  view.whole.addEventListener("click", () => zoomTo(state, null));
  view.fold.addEventListener("click", () => {
    if (state.collapsed.size) state.collapsed.clear();
    else state.children.forEach((children, row) => { if (children.length && state.data.depth[row] > 0) state.collapsed.add(row); });
    if (!state.collapsed.size && view.fold.textContent === "Collapse all") state.children.forEach((children, row) => { if (children.length) state.collapsed.add(row); });
    refresh(state);
  });
  state.sizes = new ResizeObserver(() => { if (state.rows) drawTicks(state); });
  state.sizes.observe(view.root);
}

function press(state, key) {
  const place = state.place.get(state.active) ?? 0;
  const page = Math.max(1, Math.floor(state.view.tree.clientHeight / ROW) - 1);
  const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: state.rows.length - 1, PageDown: place + page, PageUp: place - page }[key];
  if (to !== undefined) {
    if (state.rows.length) choose(state, state.rows[Math.min(Math.max(to, 0), state.rows.length - 1)], SEND_AFTER_MS);
  } else if (key === "ArrowRight") {
    if (state.collapsed.has(state.active)) toggle(state, state.active);
    else if (state.children[state.active].length && state.place.has(state.children[state.active][0])) choose(state, state.children[state.active][0], SEND_AFTER_MS);
  } else if (key === "ArrowLeft") {
    const parent = state.data.parent[state.active];
    if (state.children[state.active].length && !state.collapsed.has(state.active)) toggle(state, state.active);
    else if (parent >= 0 && state.place.has(parent)) choose(state, parent, SEND_AFTER_MS);
  } else if (key === "Enter" || key === " ") choose(state, state.active, 0);
  else if (key === "z") zoomTo(state, state.active);
  else if (key === "Escape") zoomTo(state, null);
  else return false;
  return true;
}

function choose(state, row, wait) {
  state.active = state.selected = row;
  keepInView(state);
  draw(state);
  clearTimeout(state.timer);
  state.timer = setTimeout(() => { state.asked = state.data.span_id[row]; state.send(row); }, wait);
}

function toggle(state, row) {
  if (!state.collapsed.delete(row)) state.collapsed.add(row);
  refresh(state);
}

function zoomTo(state, row) {
  if (row !== null && !state.children[row].length) return;
  state.zoom = row;
  state.view.tree.scrollTop = 0;
  refresh(state);
}

function refresh(state) {
  arrange(state);
  keepInView(state);
  draw(state);
}

function keepInView(state) {
  const place = state.place.get(state.active);
  if (place === undefined) return;
  const { tree, inner } = state.view;
  const height = Math.min(Math.max(state.rows.length, 1) * ROW, state.data.height);
  tree.style.height = `${height}px`; // scrollTop is clamped to what is there, so sizes come first
  inner.style.height = `${Math.max(state.rows.length, 1) * ROW}px`;
  const top = place * ROW;
  if (top < tree.scrollTop) tree.scrollTop = top;
  else if (top + ROW > tree.scrollTop + height) tree.scrollTop = top + ROW - height;
}
