// The labelling panel: an item and its rubric side by side, worked by keyboard alone.
//
// What keeps a wrong answer out:
// - Keys mean the same at any speed: all of this is synchronous, no key waits for the server.
// - Criteria that depend on an answer come after all others (Python orders them), so an answer does not change which
//   criterion the next key answers.
// - A key that means nothing here stops its burst: the rest is ignored until a pause. So do keys that were pressed while
//   no item was shown, or while one came or went by itself: they were meant for something else.
// - Held keys do not repeat; a click that began before the item appeared does nothing.
// - Every message names its assignment and is sent again until the server has said how it ended.
// Every text of an item is set with textContent; nothing here writes HTML.

const PAUSE_MS = 500;
const LATE_CLICK_MS = 300;
const DRAFT_MS = 700;
const AGAIN_MS = 4000;
const IDLE_MS = 60000; // the clock of an item stops this long after the last sign of life
const ALIVE_MS = 240000; // an item that is being worked on keeps its lease
const LEFT = "benchbook left ";
const LEFT_MS = 300000; // older answers may have been given anew in another tab
const LONGEST_DIFF = 700; // words; a longer correction is shown without marks
const REASONS = ["Not enough context to judge", "Not my language or subject", "Broken or empty", "Another reason"];
const NAMED = new Set(["Enter", "Backspace", "Escape", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]);
const MAY_REPEAT = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown"]);
const states = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let state = states.get(parentElement);
  if (!state) states.set(parentElement, (state = begin(parentElement)));
  state.post = (messages) => setTriggerValue("outbox", { messages });
  receive(state, data);
  return () => { state.stop(); states.delete(parentElement); };
}

// ---- state -------------------------------------------------------------------------------------------------------

function begin(parentElement) {
  const state = {
    data: null, shown: null, wanted: null, at: null, entry: "", drawer: null, dialog: null, editing: false,
    work: new Map(), finished: new Set(), outbox: [], sent: 0, mount: Math.random().toString(36).slice(2, 8),
    lastKey: -1e9, lastSign: null, shownAt: -1e9, deaf: false, checking: null, draftTimer: 0,
  };
  state.view = build(state, parentElement);
  const listeners = [
    [document, "keydown", (event) => pressed(state, event)],
    [document, "pointermove", () => sign(state)], [document, "pointerdown", () => sign(state)],
    [document, "wheel", () => sign(state)],
    [document, "visibilitychange", () => { sign(state); if (document.hidden) { state.lastSign = null; flushDraft(state); } }],
    [window, "pagehide", () => leave(state)],
    [window, "beforeunload", (event) => { leave(state); if (state.outbox.some((one) => one.kind !== "draft" && one.kind !== "more")) event.preventDefault(); }],
    [window, "resize", () => place(state)],
  ];
  for (const [on, name, run] of listeners) on.addEventListener(name, run, { capture: true, passive: name !== "keydown" && name !== "beforeunload" });
  const again = setInterval(() => sendAgain(state), AGAIN_MS / 2);
  const alive = setInterval(() => { if (state.shown && recent(state)) push(state, { kind: "alive", assignment: state.shown }); }, ALIVE_MS);
  state.stop = () => {
    clearInterval(again); clearInterval(alive); clearTimeout(state.draftTimer);
    for (const [on, name, run] of listeners) on.removeEventListener(name, run, true);
  };
  return state;
}

function receive(state, data) {
  if (state.data && state.data.sitting !== data.sitting) { // another person or sample: nothing of the last one stays
    state.work.clear(); state.finished.clear(); state.outbox.length = 0; state.shown = null; state.dialog = null; state.checking = null;
  }
  const isFirst = !state.data || state.data.sitting !== data.sitting;
  state.data = data;
  state.acts = [];
  for (const ack of data.acks) settle(state, ack);
  for (const one of data.items) if (!state.work.has(one.assignment)) begun(state, one);
  const open = openItems(state);
  const next = open.find((one) => one.assignment === state.wanted) ?? open.find((one) => one.assignment === state.shown) ?? open[0];
  state.wanted = null;
  if (isFirst || (next?.assignment ?? null) !== state.shown) show(state, next, { byItself: true });
  if (isFirst && data.newcomer) openDrawer(state, "instructions");
  if (data.more && !state.outbox.some((one) => one.kind === "more")) push(state, { kind: "more" });
  draw(state);
  for (const act of state.acts) act();
}

const openItems = (state) => state.data.items.filter((one) => !state.finished.has(one.assignment));
const shownItem = (state) => state.data?.items.find((one) => one.assignment === state.shown);
const workNow = (state) => state.work.get(state.shown);
const recent = (state) => state.lastSign !== null && performance.now() - state.lastSign < IDLE_MS;

function workOf(draft) {
  return {
    answers: Object.assign(Object.create(null), draft?.answers), comment: draft?.comment ?? "", corrected: draft?.corrected ?? null,
    activeMs: (draft?.active_seconds ?? 0) * 1000, checked: null, words: null,
  };
}

// The server's draft of an item, with the answers that this tab gave just before it was reloaded.
function begun(state, { assignment, draft: known }) {
  const answers = leftBehind(assignment);
  state.work.set(assignment, workOf(answers ? { ...known, answers } : known));
  if (answers) push(state, draft(state, assignment));
}

function show(state, item, { byItself }) {
  sign(state);
  const replaces = state.shown !== null;
  state.shown = item?.assignment ?? null;
  state.shownAt = performance.now();
  state.lastSign = document.hidden ? null : state.shownAt;
  if (byItself && replaces && state.shownAt - state.lastKey < PAUSE_MS) state.deaf = true;
  state.editing = false;
  state.dialog = null;
  state.entry = "";
  state.checking = null;
  if (state.drawer === "instructions") state.drawer = null;
  drawItem(state, item);
  state.at = item ? firstOpen(state)?.name ?? null : null;
}

// ---- messages ----------------------------------------------------------------------------------------------------

function push(state, message) {
  state.outbox.push({ ...message, id: `${state.mount}-${++state.sent}`, at: performance.now() });
  send(state);
}

function send(state) {
  for (const one of state.outbox) one.at = performance.now();
  if (state.outbox.length) state.post(state.outbox.map(({ at, ...message }) => message));
}

function sendAgain(state) {
  if (!state.outbox.some((one) => performance.now() - one.at > AGAIN_MS)) return;
  status(state, "No answer from the server yet. Trying again …", "late");
  send(state);
}

function draft(state, assignment) {
  const { answers, comment, corrected, activeMs } = state.work.get(assignment);
  return { kind: "draft", assignment, answers: { ...answers }, comment, corrected, active_seconds: Math.round(activeMs / 100) / 10 };
}

function changed(state) {
  clearTimeout(state.draftTimer);
  state.draftTimer = setTimeout(() => flushDraft(state), DRAFT_MS);
  state.draftOf = state.shown;
  draw(state);
}

function flushDraft(state) {
  clearTimeout(state.draftTimer);
  const assignment = state.draftOf;
  state.draftOf = null;
  if (!assignment || !state.work.has(assignment) || state.finished.has(assignment)) return;
  state.outbox = state.outbox.filter((one) => !(one.kind === "draft" && one.assignment === assignment));
  push(state, draft(state, assignment));
}

// A page that goes away may take its last message with it: answers (never words) wait in the tab, for its next load.
function leave(state) {
  const unsent = [state.draftOf, ...state.outbox.filter((one) => one.kind === "draft").map((one) => one.assignment)];
  for (const assignment of unsent) {
    if (!assignment || !state.work.has(assignment) || state.finished.has(assignment)) continue;
    const kept = JSON.stringify({ answers: state.work.get(assignment).answers, at: Date.now() });
    try { sessionStorage.setItem(LEFT + assignment, kept); } catch { /* a browser that keeps nothing */ }
  }
  flushDraft(state);
}

function leftBehind(assignment) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(LEFT + assignment) ?? "null");
    sessionStorage.removeItem(LEFT + assignment);
    return kept && Date.now() - kept.at < LEFT_MS ? kept.answers : null;
  } catch { return null; }
}

// The item is done with: the next one at once, the server's word later.
function finish(state, message) {
  sign(state);
  const assignment = state.shown;
  if (state.draftOf === assignment) { clearTimeout(state.draftTimer); state.draftOf = null; }
  state.outbox = state.outbox.filter((one) => !(one.kind === "draft" && one.assignment === assignment));
  const { kind, ...own } = draft(state, assignment);
  state.finished.add(assignment);
  show(state, openItems(state)[0], { byItself: false });
  status(state, "Saving …", "saving");
  draw(state);
  push(state, { ...own, ...message });
}

function settle(state, ack) {
  const place = state.outbox.findIndex((one) => one.id === ack.id);
  if (place < 0) return;
  const [message] = state.outbox.splice(place, 1);
  const { kind, assignment } = message;
  const work = state.work.get(assignment);
  if (!ack.ok && kind !== "more" && kind !== "alive") {
    status(state, "Not saved", "failed");
    say(state, ack.reason);
    if (state.checking === assignment) state.checking = null;
    if (kind === "draft") return;
    if (ack.open) { state.finished.delete(assignment); state.wanted = assignment; } else state.work.delete(assignment);
    state.deaf = true;
  } else if (kind === "draft" && work) {
    work.checked = wordsOf(state, message);
    work.words = ack.words;
    if (state.shown === assignment) status(state, "Draft kept", "kept");
    if (state.checking === assignment) state.acts.push(() => afterCheck(state, assignment));
  } else if (kind === "undo") {
    state.finished.delete(ack.assignment);
    state.work.delete(ack.assignment);
    state.wanted = ack.assignment;
    state.deaf = true;
    status(state, "Taken back. Change what you like and save it again.", "kept");
  } else if (kind === "submit" || kind === "skip" || kind === "return") {
    state.work.delete(assignment);
    state.view.root.dataset.settled = assignment;
    const waiting = state.outbox.some((one) => one.kind === "submit");
    if (!waiting) status(state, { submit: "Saved", skip: "Skipped", return: "Handed back" }[kind], "saved");
  }
}

// ---- the rubric --------------------------------------------------------------------------------------------------

const chosen = (answer) => (answer === undefined || answer?.cannot_tell ? [] : Array.isArray(answer) ? answer : [answer]);

function visible(state) {
  const answers = workNow(state)?.answers ?? {};
  const seen = new Set();
  return state.data.rubric.criteria.filter((one) => {
    const asks = one.shown_if;
    const is = !asks || (seen.has(asks.criterion) && chosen(answers[asks.criterion]).some((value) => asks.values.includes(value)));
    if (is) seen.add(one.name);
    return is;
  });
}

function isAnswered(state, criterion) {
  const answer = workNow(state).answers[criterion.name];
  return Boolean(answer?.cannot_tell) || chosen(answer).some((value) => value.trim() !== "");
}

const firstOpen = (state) => visible(state).find((one) => !isAnswered(state, one));
const active = (state) => visible(state).find((one) => one.name === state.at);

function answer(state, criterion, value) {
  const { answers } = workNow(state);
  state.entry = "";
  if (criterion.several && typeof value === "string") {
    const held = chosen(answers[criterion.name]);
    answers[criterion.name] = held.includes(value) ? held.filter((one) => one !== value) : [...held, value];
    state.at = criterion.name;
  } else {
    answers[criterion.name] = value;
    const listed = visible(state);
    const after = listed.slice(listed.findIndex((one) => one.name === criterion.name) + 1);
    state.at = (after.find((one) => !isAnswered(state, one)) ?? firstOpen(state))?.name ?? null;
  }
  say(state, "");
  changed(state);
}

function clearAnswer(state) {
  if (state.entry) { state.entry = state.entry.slice(0, -1); return draw(state); }
  const listed = visible(state);
  const here = state.at === null ? listed.length : listed.findIndex((one) => one.name === state.at);
  const back = here < listed.length && isAnswered(state, listed[here]) ? here : here - 1;
  if (back < 0) return;
  state.at = listed[back].name;
  delete workNow(state).answers[state.at];
  changed(state);
}

function move(state, step) {
  const listed = visible(state);
  const here = state.at === null ? listed.length : listed.findIndex((one) => one.name === state.at);
  state.entry = "";
  state.at = listed[Math.max(0, here + step)]?.name ?? null;
  draw(state);
  state.view.rows.get(state.at)?.box.scrollIntoView({ block: "nearest" });
}

function takeEntry(state, criterion) {
  const wanted = criterion.numbers ? String(Number(state.entry)) : criterion.options[Number(state.entry) - 1]?.value;
  state.entry = "";
  if (!criterion.options.some((one) => one.value === wanted)) return refuse(state, `That is not on the scale of “${criterion.name}”.`);
  answer(state, criterion, wanted);
}

// ---- keys --------------------------------------------------------------------------------------------------------

function pressed(state, event) {
  if (event.isComposing || !state.data || !state.view.root.isConnected) return;
  const from = event.composedPath()[0];
  const isInside = event.composedPath().includes(state.view.root);
  const isField = from.matches?.("input, textarea, select, [contenteditable=true]");
  if (!isInside && (isField || (from.matches?.("button, a, summary, [role=button], [role=tab], [role=menuitem]") && (event.key === "Enter" || event.key === " ")))) return;
  if (isInside) event.stopImmediatePropagation(); // Streamlit has single-key shortcuts of its own
  const saves = event.key === "Enter" && (event.ctrlKey || event.metaKey);
  if (!saves && (event.ctrlKey || event.metaKey || event.altKey)) return;
  if (event.key.length > 1 && !NAMED.has(event.key)) return;
  if (isField && isInside && !fieldKey(event, saves)) { sign(state); return; }
  if (isInside && !saves && from.matches?.("button") && (event.key === "Enter" || event.key === " ")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.repeat && !MAY_REPEAT.has(event.key)) return;
  const gap = performance.now() - state.lastKey;
  state.lastKey = performance.now();
  sign(state);
  if (state.deaf && gap < PAUSE_MS && event.key !== "Escape") return;
  if (state.deaf) { state.deaf = false; say(state, ""); }
  if (isField && isInside && event.key === "Escape") return leaveFields(state);
  press(state, keyOf(event));
}

// In a text field only Escape, Ctrl+Enter, and Enter in the one line of a dialog are ours.
const fieldKey = (event, saves) => saves || event.key === "Escape" || (event.key === "Enter" && event.composedPath()[0].matches("input"));

// Digits by their place as well: some keyboards have them behind Shift.
function keyOf(event) {
  const digit = /^Digit(\d)$/.exec(event.code ?? "");
  return digit && !event.shiftKey && !/^[a-z0-9]$/i.test(event.key) ? digit[1] : event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

function press(state, key) {
  if (state.dialog) return dialogKey(state, key);
  if (key === "Escape") return escape(state);
  if (key === "i") return openDrawer(state, "instructions");
  if (key === "u") return openDialog(state, "undo");
  if (!state.shown) return refuse(state, state.data.items.length ? "The next item is on its way." : "There is no item to answer.");
  if (state.checking || state.outbox.some((one) => one.kind === "undo")) return refuse(state, "One moment, please.");
  const item = shownItem(state).item;
  const commands = {
    Enter: () => save(state), Backspace: () => clearAnswer(state), " ": () => onward(state),
    ArrowUp: () => move(state, -1), ArrowDown: () => move(state, 1),
    PageUp: () => scroll(state, -1), PageDown: () => scroll(state, 1), Home: () => scroll(state, -1e6), End: () => scroll(state, 1e6),
    d: () => openDrawer(state, "documents"), t: () => openDrawer(state, "tools"), c: () => state.view.comment.focus(),
    s: () => openDialog(state, "skip"), h: () => openDialog(state, "return"), w: () => write(state),
    e: () => (item && state.data.may_correct ? edit(state) : refuse(state, "There is no single answer to correct here.")),
  };
  if (commands[key]) return commands[key]();
  answerKey(state, key);
}

function answerKey(state, key) {
  const criterion = active(state);
  if (!criterion) return refuse(state, "Every question has its answer. ↑ goes back to change one, Enter saves.");
  if (key === "x") return answer(state, criterion, { cannot_tell: true });
  if (criterion.entry && /^[-0-9]$/.test(key)) { state.entry += key; return draw(state); }
  const option = criterion.options.find((one) => one.key === key);
  if (!option) return refuse(state, `“${key}” is no answer to “${criterion.name}”.`);
  answer(state, criterion, option.value);
}

function onward(state) {
  const criterion = active(state);
  if (criterion && state.entry) return takeEntry(state, criterion);
  move(state, state.at === null ? 0 : 1);
}

function write(state) {
  const criterion = active(state);
  const row = criterion && state.view.rows.get(criterion.name);
  if (!row?.field) return refuse(state, "Nothing is to be written here; c writes a comment.");
  row.field.focus();
}

// A key or a click that cannot be meant: say so, and ignore the rest of the burst.
function refuse(state, why) {
  state.deaf = true;
  say(state, `${why} Keys are ignored until you pause.`);
}

function escape(state) {
  say(state, "");
  if (state.drawer) openDrawer(state, null);
  draw(state);
}

function leaveFields(state) {
  state.view.root.getRootNode().activeElement?.blur();
  state.dialog = null;
  if (state.editing) { state.editing = false; drawItem(state, shownItem(state)); }
  draw(state);
}

function scroll(state, pages) {
  const box = state.drawer ? state.view.drawerBody : state.view.talk;
  box.scrollBy({ top: pages * box.clientHeight * 0.85 });
}

// ---- save, and what asks before it does --------------------------------------------------------------------------

function save(state) {
  const work = workNow(state);
  const criterion = active(state);
  if (!work) return refuse(state, "There is no item to save.");
  if (criterion && state.entry) return takeEntry(state, criterion);
  const item = shownItem(state);
  if (!item.item) return refuse(state, "This item is not here any more: s skips it.");
  const listed = visible(state);
  const missing = listed.filter((one) => one.required && !isAnswered(state, one));
  if (missing.length) {
    state.at = missing[0].name;
    draw(state);
    return refuse(state, `Not saved: ${missing.map((one) => one.name).join(", ")} ${missing.length > 1 ? "have" : "has"} no answer; x is “cannot tell”.`);
  }
  if (!listed.some((one) => isAnswered(state, one)) && !work.comment.trim() && work.corrected === null) return refuse(state, "Not saved: nothing is answered.");
  const words = wordsOf(state, work);
  if (words && work.checked !== words) { // what is replaced is seen before it is kept
    state.checking = state.shown;
    state.draftOf = state.shown;
    leaveFields(state);
    status(state, "Looking for personal data …", "saving");
    return flushDraft(state);
  }
  submit(state);
}

function afterCheck(state, assignment) {
  state.checking = null;
  const work = state.work.get(assignment);
  if (state.shown !== assignment || !work) return;
  const replaces = Object.values(work.words ?? {}).some((one) => Object.keys(one.replaced).length);
  if (!replaces) return submit(state);
  state.deaf = true;
  draw(state);
  say(state, "Personal data will be replaced as shown. Enter saves it so.");
}

function submit(state) {
  const { answers } = workNow(state);
  const given = Object.fromEntries(visible(state).filter((one) => isAnswered(state, one)).map((one) => [one.name, answers[one.name]]));
  leaveFields(state);
  say(state, "");
  finish(state, { kind: "submit", answers: given });
}

// The words of one's own in a label, as one text: comment, correction, free answers.
function wordsOf(state, { comment, corrected, answers }) {
  const written = state.data.rubric.criteria.filter((one) => one.field).map((one) => chosen(answers[one.name]).join(""));
  return [comment, corrected ?? "", ...written].some((text) => text.trim()) ? JSON.stringify([comment, corrected, written]) : "";
}

const DIALOGS = {
  skip: { title: "Skip this item because …", go: "Skip it" },
  return: { title: "Give this item back? Somebody else gets it, and your draft is dropped.", go: "Give it back" },
  undo: { title: "Take back your last label? It comes back here to be changed.", go: "Take it back" },
};

function openDialog(state, kind) {
  if (kind !== "undo" && !state.shown) return refuse(state, "There is no item.");
  if (state.outbox.some((one) => one.kind === "undo") || state.checking) return refuse(state, "One moment, please.");
  state.dialog = { kind, reason: null };
  draw(state);
  state.view.dialog.focus();
}

function dialogKey(state, key) {
  const { dialog } = state;
  if (key === "Escape") { state.dialog = null; return draw(state); }
  if (dialog.kind === "skip" && /^[1-4]$/.test(key)) {
    dialog.reason = Number(key) - 1;
    draw(state);
    if (dialog.reason === REASONS.length - 1) state.view.reason.focus();
  } else if (key === "Enter") confirm(state);
  else refuse(state, "Enter goes on, Esc goes back.");
}

function confirm(state) {
  const { kind, reason } = state.dialog;
  if (kind === "undo") { state.dialog = null; draw(state); status(state, "Taking it back …", "saving"); return push(state, { kind: "undo" }); }
  const words = state.view.reason.value.trim();
  if (kind === "skip" && (reason === null || (reason === REASONS.length - 1 && !words))) return refuse(state, "Say why: 1 to 4, then Enter.");
  state.dialog = null;
  state.view.reason.blur();
  state.view.reason.value = "";
  finish(state, kind === "skip" ? { kind, reason: reason === REASONS.length - 1 ? words : REASONS[reason] } : { kind });
}

// ---- time --------------------------------------------------------------------------------------------------------

function sign(state) {
  const now = performance.now();
  const work = workNow(state);
  if (work && state.lastSign !== null) work.activeMs += Math.min(now - state.lastSign, IDLE_MS);
  state.lastSign = document.hidden ? null : now;
}
