"use strict";
// The page shows what the server rendered; this script fetches it again when it
// changed, and sends what a person does through the control API.
(() => {
  const $ = (id) => document.getElementById(id);
  const channel = document.body.dataset.channel;
  const commands = document.body.dataset.commands.split(" ").filter(Boolean);
  const scroll = $("scroll"), messages = $("messages"), text = $("text"), user = $("user");
  let thread = "", editing = "", etag = "";

  const problem = (what) => { $("problem").textContent = what || ""; };

  async function send(path, body) {
    problem();
    try {
      const r = await fetch("/_control/" + path, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ channel, user: user.value, ...body }),
      });
      if (!r.ok) problem((await r.json()).error || "HTTP " + r.status);
      poll();
      return r.ok;
    } catch (e) {
      problem("fakeslack is not running any more");
      return false;
    }
  }

  function dress() {
    const state = $("state");
    $("status").textContent = state.dataset.status;
    $("dot").classList.toggle("on", state.dataset.on === "1");
    for (const b of messages.querySelectorAll(".reaction, .verdict"))
      b.classList.toggle("own", b.dataset.users.split(" ").includes(user.value));
  }

  async function refresh() {
    let r;
    try {
      r = await fetch("/_page/channel" + location.search, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
    } catch (e) {
      $("status").textContent = "fakeslack is not running any more";
      etag = "";
      return;
    }
    if (!r.ok) return; // 304: nothing changed
    etag = r.headers.get("ETag");
    const html = await r.text();
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
    const closed = [...messages.querySelectorAll("details:not([open])")].map((d) => d.id);
    messages.innerHTML = html; // escaped by the server's templates
    for (const id of closed) if ($(id)) $(id).open = false;
    dress();
    if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  }

  // The modal of the person that the page is used as. What is typed there stays until another one is open.
  const modal = $("modal");
  let shown = "";
  async function refreshModal() {
    let html = "";
    try {
      const r = await fetch("/_page/modal?user=" + encodeURIComponent(user.value), { cache: "no-store" });
      if (r.ok) html = (await r.text()).trim(); // escaped by the server
    } catch (e) {
      return;
    }
    if (html === shown) return;
    shown = html;
    modal.innerHTML = html;
    if (html && !modal.open) modal.showModal();
    if (!html && modal.open) modal.close();
  }
  const view = () => modal.querySelector("form").dataset.view;
  const leave = () => { send("interaction", { type: "view_closed", view_id: view() }); };
  modal.addEventListener("cancel", (e) => { e.preventDefault(); leave(); });
  modal.addEventListener("click", (e) => { if (e.target.closest("[data-close]")) leave(); });
  modal.addEventListener("submit", async (e) => {
    e.preventDefault();
    const values = {};
    for (const i of modal.querySelectorAll("[data-block]")) values[i.dataset.block] = i.value;
    if (!(await send("interaction", { type: "view_submission", view_id: view(), values })) && $("modal-problem"))
      $("modal-problem").textContent = $("problem").textContent;
  });

  // Polling, not a stream: a page that is left open costs the server nothing between
  // two questions, and headless browsers see the page come to rest.
  let timer = 0;
  async function poll() {
    clearTimeout(timer);
    await Promise.all([refresh(), refreshModal()]);
    timer = setTimeout(poll, document.hidden ? 5000 : 1000);
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });

  function reply(ts, name) {
    thread = ts; editing = "";
    $("replying").hidden = !ts;
    $("replying-name").textContent = name || "";
    text.focus();
  }

  messages.addEventListener("click", (e) => {
    const b = e.target.closest("button");
    const m = e.target.closest(".message");
    if (!b || !m) return;
    const ts = m.dataset.ts, d = b.dataset;
    if (d.react) {
      const own = [...m.querySelectorAll(":scope > .right > .reactions .own")].some((r) => r.dataset.react === d.react);
      send("event", { type: own ? "reaction_removed" : "reaction_added", reaction: d.react, item: { type: "message", channel, ts }, channel: undefined });
    } else if ("reply" in d) reply(m.dataset.root, m.dataset.name);
    else if (d.action) send("interaction", { type: "block_actions", message_ts: ts, action_id: d.action, value: d.value });
    else if (d.shortcut) send("interaction", { type: "message_action", message_ts: ts, callback_id: d.shortcut });
    else if ("delete" in d) send("delete", { ts });
    else if ("edit" in d) {
      editing = ts;
      text.value = m.querySelector(":scope > .right > .body").innerText.replace(/\s*\(edited\)$/, "");
      text.focus();
    }
  });

  $("unreply").addEventListener("click", () => reply("", ""));
  user.addEventListener("change", dress);

  $("composer").addEventListener("submit", async (e) => {
    e.preventDefault();
    const typed = text.value.trim();
    if (!typed) return;
    const [word] = typed.split(/\s/, 1);
    let ok;
    if (editing) ok = await send("edit", { ts: editing, text: typed });
    else if (commands.includes(word)) ok = await send("command", { command: word, text: typed.slice(word.length).trim() });
    else ok = await send("say", { text: typed, thread_ts: thread });
    if (ok) { text.value = ""; editing = ""; scroll.scrollTop = scroll.scrollHeight; }
  });
  text.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); $("composer").requestSubmit(); }
    if (e.key === "Escape") { editing = ""; reply("", ""); text.value = ""; }
  });

  dress();
  const target = location.hash && $(location.hash.slice(1));
  if (target) target.scrollIntoView({ block: "center" });
  else scroll.scrollTop = scroll.scrollHeight;
  timer = setTimeout(poll, 1000);
})();
