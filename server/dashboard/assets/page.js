// Makes the pages of Settings live; everything essential works without it.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const drift = Date.parse(document.body.dataset.now ?? "") - Date.now() || 0;
const now = () => Date.now() + drift;

/* ── Times that run. The server wrote the same words. */
const two = (n) => String(n).padStart(2, "0");

function countdown(ms) {
  const s = Math.max(0, Math.ceil(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  if (s < 172800) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} min`;
  return `${Math.round(s / 86400)} days`;
}

function tick() {
  for (const time of all("time[data-as=ago], time[data-as=until]")) {
    const at = Date.parse(time.dateTime);
    const seconds = Math.max(0, Math.round((now() - at) / 1000));
    let text;
    if (time.dataset.as === "until") text = countdown(at - now());
    else if (seconds < 2) text = "Just now";
    else if (seconds < 60) text = `${seconds} s ago`;
    else if (seconds < 3600) text = `${Math.floor(seconds / 60)} min ago`;
    if (text && text !== time.textContent) time.textContent = text;
  }
}

/* ── The page again, and its parts put in place: rows that are known change where they are, new ones are only counted. */
let fetching = false;
let again = false;
let lastFetch = 0;

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  const wait = Math.max(0, 1000 - (Date.now() - lastFetch));
  await new Promise((done) => setTimeout(done, wait));
  lastFetch = Date.now();
  try {
    const answer = await fetch(location.href, { headers: { "x-fragment": "1" } });
    if (answer.status === 401) location.reload();
    else if (answer.ok) place(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The stream tells when the server is back.
  }
  fetching = false;
  if (again) {
    again = false;
    refresh();
  }
}

function place(fresh) {
  for (const part of all("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (next && next.outerHTML !== part.outerHTML) swap(part, next);
  }
  const rows = document.querySelector("[data-live-rows]");
  if (!rows) return;
  const freshRows = all("[data-live-rows] [data-key]", fresh);
  const known = new Map(all("[data-key]", rows).map((row) => [row.dataset.key, row]));
  let newer = 0;
  for (const row of freshRows) {
    const mine = known.get(row.dataset.key);
    if (mine && mine.outerHTML !== row.outerHTML) swap(mine, row);
    if (!mine) newer++;
  }
  const bar = document.getElementById("newer");
  if (!bar || (newer === 0 && known.size > 0)) return;
  if (known.size === 0 && freshRows.length > 0) return location.reload();
  bar.hidden = newer === 0;
  bar.querySelector("a").textContent =
    `Show ${newer === freshRows.length ? `${newer}+` : newer} newer ${newer === 1 ? bar.dataset.one : bar.dataset.many}`;
}

function swap(old, next) {
  const open = all("details", old).map((details) => details.open);
  const focused = old.contains(document.activeElement) ? document.activeElement : undefined;
  const links = all("a, button, summary", old);
  const at = focused ? links.indexOf(focused) : -1;
  const copy = document.importNode(next, true);
  old.replaceWith(copy);
  all("details", copy).forEach((details, i) => {
    if (open[i]) details.open = true;
  });
  if (at >= 0) all("a, button, summary", copy)[at]?.focus();
  tick();
}

/* ── The stream: EventSource gives up on a first 503, so it is opened anew, later each time. Hidden tabs hold none. */
let stream;
let tries = 0;
let paused = false;

function listen() {
  if (stream || paused || document.hidden || !document.querySelector("[data-live], [data-live-rows]")) return;
  stream = new EventSource("/settings/live");
  stream.addEventListener("ready", (event) => {
    if (tries > 0 || event.data !== document.body.dataset.version) refresh();
    tries = 0;
    document.documentElement.dataset.stream = "open";
  });
  stream.addEventListener("changed", refresh);
  stream.onerror = () => {
    hangUp();
    setTimeout(listen, Math.min(30000, 1000 * 2 ** tries++) * (0.7 + Math.random() * 0.6));
  };
}

function hangUp() {
  stream?.close();
  stream = undefined;
  delete document.documentElement.dataset.stream;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return hangUp();
  refresh();
  listen();
});

/* ── Clicks: copying, the live switch, menus that close. */
document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy], [data-copy-from]");
  if (copy) {
    const text = copy.dataset.copy ?? document.getElementById(copy.dataset.copyFrom)?.textContent.replace(/^\n/, "") ?? "";
    try {
      await navigator.clipboard.writeText(text);
      say("Copied.");
    } catch {
      say("Your browser didn't allow copying. Select the text and copy it by hand.");
    }
  }
  const toggle = event.target.closest("[data-live-toggle]");
  if (toggle) {
    paused = toggle.getAttribute("aria-checked") === "true";
    toggle.setAttribute("aria-checked", String(!paused));
    if (paused) hangUp();
    else {
      refresh();
      listen();
    }
  }
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

function say(text) {
  const said = document.getElementById("said");
  if (!said) return;
  const note = document.createElement("p");
  note.className = "toast";
  note.textContent = text;
  said.append(note);
  setTimeout(() => note.remove(), 4000);
}

/* ── Keys: / searches, j and k step through rows; not while typing. */
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of all("details.menu[open]")) menu.open = false;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "/") {
    const search = document.querySelector("input[type=search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === "j" || event.key === "k") {
    const links = all("[data-key] a.row-link");
    const step = event.key === "j" ? 1 : -1;
    const next =
      links.length > 0
        ? links[links.indexOf(document.activeElement) + step]
        : document.querySelector(event.key === "j" ? "a[rel=next]" : "a[rel=prev]");
    next?.focus();
  }
});

/* ── The form of a webhook: the URL looked at while typing, conditions that follow the chosen events, samples at a glance. */
function later(ms, work) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };
}

const url = document.querySelector("[data-check-url]");
if (url) {
  const said = document.getElementById("url-check");
  let asked = 0;
  const check = later(400, async () => {
    const own = ++asked;
    if (!url.value) return said.replaceChildren();
    const answer = await fetch(`${url.dataset.checkUrl}?url=${encodeURIComponent(url.value)}`, { headers: { "x-fragment": "1" } });
    if (own !== asked || !answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    said.replaceChildren(...document.importNode(fresh.body, true).childNodes);
  });
  url.addEventListener("input", check);
}

/** The server renders the form anew with what is typed; only the parts that follow from it are put in place. */
async function redraw(form, intent) {
  const body = new URLSearchParams(new FormData(form));
  body.set("intent", intent);
  const answer = await fetch(form.action, { method: "POST", body, headers: { "x-fragment": "1" } });
  if (answer.status === 401 || answer.status === 403) return say("Your session has ended. Save, and sign in: what you typed is kept.");
  if (!answer.ok && answer.status !== 422) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of all("[data-redraw]", form)) {
    const next = fresh.getElementById(part.id);
    if (next) swap(part, next);
  }
}

const hookForm = document.querySelector("form[data-live-form]");
if (hookForm) {
  const follow = later(300, () => redraw(hookForm, "refresh"));
  hookForm.addEventListener("change", (event) => {
    const chosen = all("input[name=events]:checked", hookForm).length;
    document.getElementById("chosen").textContent = `${chosen} chosen`;
    if (event.target.name === "events" || event.target.closest("#conditions")) follow();
  });
  hookForm.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-redraws]");
    if (!button) return;
    event.preventDefault();
    redraw(hookForm, button.value);
  });
}

const eventSearch = document.querySelector("[data-filters]");
eventSearch?.addEventListener("input", () => {
  const words = eventSearch.value.toLowerCase().split(/\s+/);
  for (const entry of all(eventSearch.dataset.filters))
    entry.hidden = !words.every((word) => entry.textContent.toLowerCase().includes(word));
  for (const group of all("[data-group]")) group.hidden = all(eventSearch.dataset.filters, group).every((entry) => entry.hidden);
});

document.addEventListener(
  "toggle",
  async (event) => {
    const sample = event.target.querySelector?.(":scope > [data-sample]:empty");
    if (!event.target.open || !sample) return;
    const answer = await fetch(sample.dataset.sample, { headers: { "x-fragment": "1" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    sample.replaceChildren(...all("#example", fresh).map((node) => document.importNode(node, true)));
  },
  true,
);

for (const form of all("form[data-submits]")) form.addEventListener("change", () => form.requestSubmit());

/* ── Once: the reader's time zone, so that the server writes times in it. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !/(^|;\s*)tz=/.test(document.cookie)) {
  const safe = location.protocol === "https:";
  const crossSite = safe && window.top !== window ? "; samesite=none; secure; partitioned" : `; samesite=lax${safe ? "; secure" : ""}`;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
  document.cookie = `tz=${encodeURIComponent(zone)}; path=/; max-age=31536000${crossSite}`;
  if (zone !== "UTC" && document.cookie.includes("tz=") && document.querySelector("time")) location.reload();
}

// On a phone the sections are a row that scrolls; the present one shall be in sight.
const side = document.querySelector(".side");
const current = side?.querySelector("[aria-current]");
if (current && side.scrollWidth > side.clientWidth) side.scrollLeft = current.offsetLeft - side.clientWidth / 3;

setInterval(tick, 1000);
listen();
document.getElementById("problems")?.focus();
