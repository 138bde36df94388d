// ---- drawing: what the state looks like; joined to labelling.js as one module ------------------------------------

function make(tag, className, parent, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  parent?.appendChild(element);
  return element;
}

function button(parent, className, key, label, run) {
  const element = make("button", className, parent);
  element.type = "button";
  if (key) make("kbd", "", element, key);
  make("span", "", element, label);
  element.addEventListener("mousedown", (event) => event.preventDefault()); // the keys stay with the panel
  element.addEventListener("click", run);
  return element;
}

// Commands and options by mouse or finger; one that was begun on the item before does nothing.
function clicked(state, run) {
  return (event) => {
    if (event.detail > 0 && performance.now() - state.shownAt < LATE_CLICK_MS) return;
    if (state.checking || state.outbox.some((one) => one.kind === "undo")) return;
    state.deaf = false;
    run();
  };
}

function build(state, parentElement) {
  const root = make("div", "labelling");
  const head = make("header", "head", root);
  make("h1", "", head, "Label");
  const bar = make("progress", "", head);
  bar.setAttribute("aria-label", "Labelled of this sample");
  const pace = make("span", "pace", head);
  const said = make("span", "status", head);
  said.setAttribute("role", "status");
  const left = make("div", "left", root);
  const talk = region(left, "talk", "Conversation and the answer under review");
  const drawer = make("div", "drawer", left);
  const tabs = make("div", "tabs", drawer);
  const drawerBody = region(drawer, "drawer-body", "Documents, tool calls or instructions");
  const right = make("div", "right", root);
  const list = region(right, "criteria", "Rubric");
  const own = make("div", "own", right);
  const label = make("label", "", own);
  make("kbd", "", label, "c");
  make("span", "", label, "Comment, if you like");
  const leaving = make("span", "hints", label);
  for (const [key, text] of [["Esc", "leaves"], ["Ctrl Enter", "saves"]]) {
    make("kbd", "", leaving, key);
    make("span", "", leaving, text);
  }
  const comment = make("textarea", "", label);
  comment.rows = 1;
  const replaced = make("div", "replaced", own);
  replaced.setAttribute("role", "status");
  const note = make("div", "note", right);
  note.setAttribute("role", "alert");
  const dialog = make("div", "dialog", right);
  dialog.tabIndex = -1;
  dialog.setAttribute("role", "dialog");
  const reason = make("input", "");
  reason.type = "text";
  reason.maxLength = 300;
  reason.setAttribute("aria-label", "Your reason");
  const foot = make("div", "foot", right);
  const go = button(foot, "go", "Enter", "Save, next", clicked(state, () => save(state)));
  const commands = make("div", "commands", foot);
  const command = (key, text, run) => button(commands, "command", key, text, clicked(state, run));
  const view = {
    root, bar, pace, said, talk, drawer, tabs, drawerBody, right, list, comment, replaced, note, dialog, reason, go, rows: new Map(),
    documents: command("d", "documents", () => press(state, "d")), tools: command("t", "tool calls", () => press(state, "t")),
    edit: command("e", "correct the answer", () => press(state, "e")),
  };
  command("i", "instructions", () => press(state, "i"));
  command("s", "skip", () => press(state, "s"));
  command("h", "hand back", () => press(state, "h"));
  view.undo = command("u", "undo last", () => press(state, "u"));
  const hints = make("div", "hints", foot);
  for (const [key, text] of [["x", "cannot tell"], ["↑ ↓", "move"], ["Space", "pass"], ["⌫", "clear"], ["PgUp PgDn", "scroll"]]) {
    make("kbd", "", hints, key);
    make("span", "", hints, text);
  }
  comment.addEventListener("input", () => { if (!workNow(state)) return; workNow(state).comment = comment.value; grow(comment); changed(state); });
  (parentElement.querySelector?.(".mount") ?? parentElement).appendChild(root);
  requestAnimationFrame(() => place(state));
  return view;
}

function region(parent, className, label) {
  const element = make("div", className, parent);
  element.tabIndex = 0;
  element.setAttribute("role", "region");
  element.setAttribute("aria-label", label);
  return element;
}

// One screen, wherever on the page the panel begins.
function place(state) {
  const { root, right, list } = state.view;
  const top = root.getBoundingClientRect().top + (document.querySelector("[data-testid=stMain]")?.scrollTop ?? 0);
  root.style.setProperty("--top", `${Math.max(0, Math.round(top))}px`);
  right.classList.remove("tight");
  const boxes = [...state.view.rows.values()].map((row) => [row.box, row.box.hidden]);
  for (const [box] of boxes) box.hidden = false; // also those that an answer may bring, so that none of it jumps then
  right.classList.toggle("tight", list.scrollHeight > list.clientHeight + 1); // anchors then stand beside the active one only
  for (const [box, wasHidden] of boxes) box.hidden = wasHidden;
}

function say(state, text) {
  if (state.view.note.textContent !== text) state.view.note.textContent = text;
}

function status(state, text, kind) {
  state.view.said.textContent = text;
  state.view.said.dataset.kind = kind;
}

function grow(field) {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 140)}px`;
}

// ---- the item ----------------------------------------------------------------------------------------------------

const WHO = { user: "Person", assistant: "Assistant" };

function message(parent, role, text, className = "") {
  const box = make("div", `message ${role} ${className}`, parent);
  make("div", "who", box, WHO[role] ?? role);
  make("div", "text", box, text || "Nothing was recorded.");
  return box;
}

function drawItem(state, one) {
  const { view } = state;
  view.root.dataset.item = one?.assignment ?? "";
  view.talk.replaceChildren();
  view.rows.clear();
  view.list.replaceChildren();
  if (!one) return drawNothing(state);
  const { item } = one;
  const work = state.work.get(one.assignment);
  if (item) drawTalk(state, item, work);
  else make("p", "empty", view.talk, "This item is not here any more: its traffic was erased, or is not loaded yet. Skip it (s), or hand it back (h).");
  for (const criterion of state.data.rubric.criteria) drawCriterion(state, criterion);
  view.comment.value = work.comment;
  grow(view.comment);
  drawDrawer(state);
  place(state);
}

function drawNothing(state) {
  const { talk } = state.view;
  const isComing = state.data.more || state.outbox.length || state.data.items.length;
  make("p", "empty", talk, isComing ? "The next item is on its way …" : state.data.nothing);
  state.view.comment.value = "";
  drawDrawer(state);
}

function drawTalk(state, item, work) {
  const { talk } = state.view;
  if (item.earlier_left_out) make("p", "left-out", talk, `${item.earlier_left_out} earlier turns are not shown.`);
  for (const one of item.before) message(talk, one.role, one.text, item.unit === "session" ? "" : "before");
  if (item.unit === "session") { talk.scrollTop = 0; return; }
  const asked = message(talk, "user", item.question, "asked");
  let under;
  if (item.unit === "document") {
    under = make("div", "message review", talk);
    make("h2", "who", under, "Document under review");
    documentParts(under, item.documents.find((one) => one.under_review));
  } else under = answerUnderReview(state, item, work);
  state.aim = [asked, under];
  aim(state);
}

// The answer in view, with its question; of a long one beside a long answer the end, on a part of the height.
function aim(state) {
  const { talk } = state.view;
  const [asked, under] = state.aim ?? [];
  if (!under?.isConnected) return;
  const { top, bottom } = asked.getBoundingClientRect();
  const fits = under.getBoundingClientRect().bottom - top < talk.clientHeight;
  const first = fits ? top : Math.max(top, bottom - 0.4 * talk.clientHeight);
  if (talk.scrollHeight > talk.clientHeight + 1) talk.scrollTop += first - talk.getBoundingClientRect().top - 8;
  else if (getComputedStyle(talk).overflowY === "visible") (fits ? asked : under).scrollIntoView({ block: "start" });
}

function answerUnderReview(state, item, work) {
  const box = make("div", "message assistant review", state.view.talk);
  make("h2", "who", box, state.editing ? "Your correction" : work.corrected === null ? "Answer under review" : "Answer under review, with your correction");
  if (state.editing) {
    const field = make("textarea", "correct", box);
    field.value = work.corrected ?? item.answer;
    field.setAttribute("aria-label", "The answer as it should have been");
    const fit = () => { field.style.height = "auto"; field.style.height = `${field.scrollHeight + 4}px`; };
    field.addEventListener("input", () => { work.corrected = field.value === item.answer ? null : field.value; fit(); changed(state); });
    requestAnimationFrame(() => { fit(); field.focus(); });
    return box;
  }
  const text = make("div", "text", box);
  if (work.corrected === null) text.textContent = item.answer || "No answer was recorded.";
  else {
    drawDiff(text, item.answer, work.corrected);
    button(box, "plain", "", "Drop the correction", clicked(state, () => { work.corrected = null; drawItem(state, shownItem(state)); changed(state); }));
  }
  return box;
}

function edit(state) {
  state.editing = true;
  drawItem(state, shownItem(state));
  draw(state);
}

// What was taken out and put in, by words (longest common subsequence).
function drawDiff(parent, from, to) {
  const [a, b] = [from, to].map((text) => text.split(/(?<=\s)/));
  if (Math.max(a.length, b.length) > LONGEST_DIFF) { make("ins", "", parent, to); return; }
  const best = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) { make("span", "", parent, a[i++]); j++; }
    else if (j >= b.length || (i < a.length && best[i + 1][j] >= best[i][j + 1])) make("del", "", parent, a[i++]);
    else make("ins", "", parent, b[j++]);
  }
}

// ---- the drawer: documents, tool calls, instructions ---------------------------------------------------------------

function openDrawer(state, kind) {
  state.drawer = state.drawer === kind ? null : kind;
  drawDrawer(state);
}

function drawDrawer(state) {
  const { drawer, tabs, drawerBody } = state.view;
  const item = shownItem(state)?.item;
  drawer.hidden = !state.drawer;
  drawer.parentElement.classList.toggle("split", Boolean(state.drawer));
  aim(state);
  if (!state.drawer) return;
  tabs.replaceChildren();
  drawerBody.replaceChildren();
  drawerBody.scrollTop = 0;
  const listed = [["documents", "d", `Documents ${item?.documents.length ?? 0}`], ["tools", "t", `Tool calls ${item?.tool_calls.length ?? 0}`], ["instructions", "i", "Instructions"]];
  for (const [kind, key, label] of listed) {
    const tab = button(tabs, "tab", key, label, () => openDrawer(state, kind));
    tab.setAttribute("aria-pressed", String(kind === state.drawer));
  }
  ({ documents: drawDocuments, tools: drawTools, instructions: drawInstructions })[state.drawer](state, drawerBody, item);
}

const ofTurn = (item, one) => (item.unit === "session" ? `turn ${one.turn}` : "");

function drawDocuments(state, body, item) {
  const others = (item?.documents ?? []).filter((one) => !one.under_review);
  if (!others.length) make("p", "empty", body, item?.unit === "document" ? "No other documents were retrieved." : "No documents were retrieved.");
  others.forEach((one, nth) => documentParts(make("article", "", body), one, [`${nth + 1}`, ofTurn(item, one)]));
}

function documentParts(parent, one, before = []) {
  make("h3", "", parent, [...before, one.title || "Untitled document"].filter(Boolean).join(" · "));
  make("div", "facts", parent, one.updated ? `last changed ${one.updated}` : "date of change unknown");
  make("div", "text", parent, one.content || "No text was recorded.");
}

function drawTools(state, body, item) {
  if (!item?.tool_calls.length) make("p", "empty", body, "No tools were called.");
  for (const one of item?.tool_calls ?? []) {
    const box = make("article", "", body);
    make("h3", "", box, [one.name, ofTurn(item, one), one.failed ? "failed" : ""].filter(Boolean).join(" · "));
    make("div", "facts", box, "given");
    make("pre", "", box, one.given || "nothing");
    make("div", "facts", box, "gave back");
    make("pre", "", box, one.result || "nothing");
  }
}

function drawInstructions(state, body) {
  const { instructions, good, bad } = state.data.rubric;
  make("p", "text", body, instructions || "This rubric has no instructions.");
  for (const [title, kind, examples] of [["Good", "good", good], ["Bad", "bad", bad]]) {
    if (!examples.length) continue;
    make("h3", "", body, `${title} examples`);
    for (const one of examples) make("blockquote", kind, body, one);
  }
}

// ---- the rubric ----------------------------------------------------------------------------------------------------

function drawCriterion(state, criterion) {
  const box = make("div", `criterion${criterion.wide ? " wide" : ""}`, state.view.list);
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", criterion.question);
  const head = make("div", "asks", box);
  make("strong", "", head, criterion.name);
  if (!criterion.required) make("em", "", head, "optional");
  make("div", "question", box, criterion.question);
  const options = make("div", "options", box);
  const buttons = new Map();
  for (const one of criterion.options) {
    const element = button(options, "option", one.key, one.words ?? one.label, clicked(state, () => answer(state, criterion, one.value)));
    if (one.words) element.classList.add("anchored");
    else if (one.key === one.label) element.classList.add("bare");
    buttons.set(one.value, element);
  }
  const entry = criterion.entry ? make("output", "entry", options) : null;
  let field = null;
  if (criterion.field) {
    field = make("textarea", "", options);
    field.rows = 1;
    field.setAttribute("aria-label", criterion.question);
    field.addEventListener("focus", () => { state.at = criterion.name; draw(state); });
    field.addEventListener("input", () => {
      const { answers } = workNow(state);
      if (field.value.trim()) answers[criterion.name] = field.value; else delete answers[criterion.name];
      grow(field);
      changed(state);
    });
    const given = workNow(state).answers[criterion.name];
    field.value = typeof given === "string" ? given : "";
  }
  const cannot = button(head, "option cannot", "x", "cannot tell", clicked(state, () => answer(state, criterion, { cannot_tell: true })));
  box.addEventListener("click", (event) => { if (!event.target.closest("button, textarea")) { state.at = criterion.name; draw(state); } });
  state.view.rows.set(criterion.name, { box, buttons, cannot, field, entry });
}

function drawRubric(state) {
  const work = workNow(state);
  const shownNames = new Set(work ? visible(state).map((one) => one.name) : []);
  for (const criterion of state.data.rubric.criteria) {
    const row = state.view.rows.get(criterion.name);
    if (!row) continue;
    row.box.hidden = !shownNames.has(criterion.name);
    row.box.classList.toggle("active", criterion.name === state.at);
    row.box.classList.toggle("answered", isAnswered(state, criterion));
    const given = work.answers[criterion.name];
    const held = chosen(given);
    for (const [value, element] of row.buttons) element.setAttribute("aria-pressed", String(held.includes(value)));
    row.cannot.setAttribute("aria-pressed", String(Boolean(given?.cannot_tell)));
    if (given?.cannot_tell && row.field) row.field.value = "";
    if (row.entry) {
      const typed = criterion.name === state.at ? state.entry : "";
      row.entry.textContent = typed ? `${typed} ▏Space takes it` : held.length && criterion.numbers ? held[0] : "type its number, then Space";
    }
  }
}

// Everything that changes with a key.
function draw(state) {
  const { view, data } = state;
  const item = shownItem(state)?.item;
  drawRubric(state);
  const { done, of, today, per_hour: perHour } = data.progress;
  view.bar.max = Math.max(of, 1);
  view.bar.value = Math.min(done, of);
  const hours = perHour ? (of - done) / perHour : null;
  const rest = hours === null || of <= done ? "" : hours < 1 ? `about ${Math.max(1, Math.round(hours * 60))} min left at your pace` : `about ${hours.toFixed(1)} h left at your pace`;
  view.pace.textContent = [`${done} of ${of} labelled`, `${today} by you today`, perHour ? `${Math.round(perHour)} per hour` : "", rest].filter(Boolean).join(" · ");
  view.documents.querySelector("span").textContent = `documents ${item ? item.documents.filter((one) => !one.under_review).length : ""}`;
  view.tools.querySelector("span").textContent = `tool calls ${item?.tool_calls.length ?? ""}`;
  view.edit.hidden = !data.may_correct;
  view.go.disabled = !state.shown;
  view.right.classList.toggle("idle", !state.shown);
  drawReplaced(state);
  drawDialog(state);
}

function drawReplaced(state) {
  const work = workNow(state);
  const words = work?.words && work.checked === wordsOf(state, work) ? Object.entries(work.words) : [];
  const parts = words.filter(([, one]) => Object.keys(one.replaced).length);
  state.view.replaced.replaceChildren();
  state.view.replaced.hidden = !parts.length;
  for (const [name, one] of parts) {
    const counts = Object.entries(one.replaced).map(([entity, times]) => `${times} ${entity}`).join(", ");
    make("div", "facts", state.view.replaced, `${name}: ${counts} replaced; kept as`);
    make("div", "text", state.view.replaced, one.text);
  }
}

function drawDialog(state) {
  const { dialog, reason } = state.view;
  dialog.hidden = !state.dialog;
  if (!state.dialog) return;
  const { title, go } = DIALOGS[state.dialog.kind];
  dialog.setAttribute("aria-label", title);
  const parts = [make("div", "title", null, title)];
  if (state.dialog.kind === "skip") {
    REASONS.forEach((one, nth) => {
      const element = button(null, "option", String(nth + 1), one, () => dialogKey(state, String(nth + 1)));
      element.setAttribute("aria-pressed", String(state.dialog.reason === nth));
      parts.push(element);
    });
    if (state.dialog.reason === REASONS.length - 1) parts.push(reason);
  }
  const buttons = make("div", "commands", null);
  button(buttons, "go", "Enter", go, () => confirm(state));
  button(buttons, "command", "Esc", "back", () => dialogKey(state, "Escape"));
  const hadFocus = reason.getRootNode().activeElement === reason;
  dialog.replaceChildren(...parts, buttons);
  if (hadFocus) reason.focus();
}
