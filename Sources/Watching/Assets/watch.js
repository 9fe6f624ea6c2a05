// Asks for what is new and puts it in place of what is shown.
"use strict";
const live = document.getElementById("live"), select = document.getElementById("metric");
const notice = document.getElementById("notice");
let tag = "", asked = "", lastSeen = new Date();

function fill(metrics) {
  const chosen = select.value, known = metrics.includes(chosen) ? metrics : [chosen, ...metrics];
  if (known.join() === [...select.options].map(option => option.value).join()) return;
  select.replaceChildren(...known.map(name => new Option(name.replaceAll("_", " "), name, false, name === chosen)));
}

async function update() {
  const metric = select.value;
  if (metric !== asked) tag = "";
  const headers = tag ? { "If-None-Match": tag } : {};
  const signal = AbortSignal.timeout(15000);
  const answer = await fetch("/live?metric=" + encodeURIComponent(metric), { headers, signal, cache: "no-store" });
  if (answer.status !== 304) {
    if (!answer.ok) throw new Error(await answer.text());
    const news = await answer.json();
    // Another one may have been chosen in the meantime.
    if (metric !== select.value) return;
    live.innerHTML = news.html;
    fill(news.metrics);
    [tag, asked] = [answer.headers.get("ETag") || "", metric];
  }
  lastSeen = new Date();
  notice.textContent = "live";
  notice.className = "";
}

async function follow() {
  try {
    if (!document.hidden) await update();
  } catch {
    notice.textContent = "no answer: as it was at " + lastSeen.toLocaleTimeString();
    notice.className = "stopped";
  }
  setTimeout(follow, 1500);
}

select.addEventListener("change", () => {
  history.replaceState(null, "", "/?metric=" + encodeURIComponent(select.value));
  update().catch(() => {});
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) update().catch(() => {}); });
follow();
