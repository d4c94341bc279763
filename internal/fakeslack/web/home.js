"use strict";
// App Home: tells the app that it was opened, shows what the app publishes, and sends what is pressed.
(() => {
  const $ = (id) => document.getElementById(id);
  const home = $("home"), user = document.body.dataset.user;
  let etag = "", timer = 0;

  async function send(path, body) {
    $("problem").textContent = "";
    try {
      const r = await fetch("/_control/" + path, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user, ...body }),
      });
      if (!r.ok) $("problem").textContent = (await r.json()).error || "HTTP " + r.status;
    } catch (e) {
      $("problem").textContent = "fakeslack is not running any more";
    }
    poll();
  }

  async function refresh() {
    try {
      const r = await fetch("/_page/home" + location.search, { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
      if (!r.ok || home.contains(document.activeElement) && document.activeElement.matches("input")) return; // 304, or being typed
      etag = r.headers.get("ETag");
      home.innerHTML = await r.text(); // escaped by the server
    } catch (e) {
      $("problem").textContent = "fakeslack is not running any more";
    }
  }
  async function poll() {
    clearTimeout(timer);
    await refresh();
    timer = setTimeout(poll, document.hidden ? 5000 : 1000);
  }

  const act = (e, value) => send("interaction", {
    type: "block_actions", home: true, action_id: e.dataset.action, block_id: e.dataset.block, value });
  home.addEventListener("click", (e) => {
    const b = e.target.closest("button[data-action]");
    if (b) act(b, "");
  });
  home.addEventListener("change", (e) => {
    if (e.target.matches("select[data-action]")) act(e.target, e.target.value);
  });
  home.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || !e.target.matches("input[data-action]")) return;
    act(e.target, e.target.value);
    e.target.blur();
  });
  $("user").addEventListener("change", (e) => { location.search = "?user=" + encodeURIComponent(e.target.value); });
  send("event", { type: "app_home_opened" });
})();
