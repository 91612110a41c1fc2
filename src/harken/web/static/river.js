"use strict";
// The river on a wide screen: the list of the page beside a line of time, newest at the left, in lanes without overlap.
// Without this file, and on phones, the same list is read downwards.

(() => {
  const frame = document.getElementById("river"), list = document.getElementById("drops");
  if (!frame || !list) return;
  const words = frame.dataset, wide = matchMedia("(min-width: 52rem)"), still = document.documentElement.dataset.motion ? { matches: true } : matchMedia("(prefers-reduced-motion: reduce)");
  const csrf = document.querySelector("#read-all [name=csrf]").value;
  const said = document.getElementById("river-said");
  const $$ = (selector, within = frame) => [...within.querySelectorAll(selector)];

  // ---- where each post stands ------------------------------------------------------------------------------------
  const WIDTH = 236, HEIGHT = 76, APART = 14, MARKS = 34, SHORE = 96;
  const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
  let stream, track, marks, water, points = [], lanes = 1, length = 0;

  // How far apart two moments are drawn: minutes count fully, hours less, days hardly, so that nothing is out of reach.
  const distance = (ms) => {
    const hours = Math.max(0, ms) / HOUR;
    return hours <= 2 ? hours * 75 : Math.min(460, 150 + 44 * Math.log2(hours / 2));
  };

  const drops = () => $$("li.drop", list).map((item) => item.drop || (item.drop = {
    item, id: item.dataset.id, post: item.dataset.post, at: Number(item.dataset.at), link: item.querySelector("a.stem"),
  }));

  // Newest first. Each post takes the free lane nearest to a slow wave, so that few posts meander and many fill the bed;
  // where no lane is free it moves on until one is. So x only grows as time goes back, and nothing overlaps.
  const arrange = () => {
    const height = Math.max(HEIGHT + APART, stream.clientHeight - MARKS - 16);
    lanes = Math.max(1, Math.floor(height / (HEIGHT + APART)));
    const slack = (height - lanes * (HEIGHT + APART)) / Math.max(1, lanes);
    const free = new Array(lanes).fill(0);
    let x = SHORE, before = Date.now();
    points = [[before, x - 30]];
    for (const drop of drops()) {
      x += Math.min(distance(before - drop.at), points.length === 1 ? 160 : Infinity);
      before = drop.at;
      const earliest = Math.min(...free);
      if (earliest > x) x = earliest;
      const wish = (Math.sin(x / 430) * 0.5 + 0.5) * (lanes - 1);
      let lane = -1;
      free.forEach((end, i) => { if (end <= x && (lane < 0 || Math.abs(i - wish) < Math.abs(lane - wish))) lane = i; });
      free[lane] = x + WIDTH + APART;
      drop.x = x;
      drop.y = MARKS + 8 + lane * (HEIGHT + APART + slack);
      drop.lane = lane;
      drop.item.style.transform = `translate(${Math.round(x)}px, ${Math.round(drop.y)}px)`;
      points.push([drop.at, x]);
    }
    length = Math.max(stream.clientWidth, Math.max(...free) + SHORE);
    track.style.width = `${Math.round(length)}px`;
    mark();
    paint();
  };

  const between = (key, value, answer) => {
    let low = 0, high = points.length - 1;
    if (high < 1) return points[0][answer];
    const down = key === 0; // times fall where places rise
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (down ? points[middle][0] >= value : points[middle][1] <= value) low = middle;
      else high = middle;
    }
    const [from, to] = [points[low], points[high]], span = to[key] - from[key];
    return from[answer] + (span ? (value - from[key]) / span : 0) * (to[answer] - from[answer]);
  };
  const placeOf = (time) => between(0, time, 1);
  const timeAt = (x) => (x >= points[points.length - 1][1] ? points[points.length - 1][0] : between(1, x, 0));

  // ---- marks of days and hours, on the reader's clock --------------------------------------------------------------
  const says = (options) => {
    try { return new Intl.DateTimeFormat(words.lang, { ...options, timeZone: words.zone }); }
    catch { return new Intl.DateTimeFormat(undefined, options); }
  };
  const dayName = says({ weekday: "long", day: "numeric", month: "long" });
  const hourName = says({ hour: "numeric", minute: "2-digit" });
  const parts = says({ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23", calendar: "gregory", numberingSystem: "latn" });
  const offset = (time) => {
    const p = Object.fromEntries(parts.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - Math.floor(time / 1000) * 1000;
  };
  const mark = () => {
    marks.replaceChildren();
    const add = (kind, x, text) => {
      const one = document.createElement("span");
      one.className = kind;
      one.style.transform = `translateX(${Math.round(x)}px)`;
      one.textContent = text;
      marks.append(one);
    };
    add("now", points[0][1], words.now);
    if (points.length < 2) return;
    const [newest, oldest] = [points[0][0], points[points.length - 1][0]];
    let last = points[0][1];
    const here = offset(newest);
    let midnight = Math.floor((newest + here) / DAY) * DAY - here;
    const days = new Set();
    for (let n = 0; midnight > oldest && n < 4000; n++, midnight -= DAY) {
      const x = placeOf(midnight);
      if (x - last > 150 || days.size === 0) { add("day", x, dayName.format(midnight - 1)); days.add(Math.round(x)); last = x; }
    }
    // Hours where they do not crowd: a whole, a quarter or half of a day, whatever fits.
    const spots = [...days].sort((a, b) => a - b);
    let previous = points[0][1];
    let hour = Math.floor((newest + here) / HOUR) * HOUR - here;
    for (let n = 0; hour > oldest && n < 3000; n++, hour -= HOUR) {
      const x = placeOf(hour);
      if (x - previous < 96 || spots.some((spot) => x > spot - 84 && x < spot + 230)) continue;
      add("hour", x, hourName.format(hour));
      previous = x;
    }
  };

  // ---- the water: the hour of the day as light, and waves that drift as one moves -------------------------------------
  const LIGHT = { 0: [206, 214, 232], 5: [214, 218, 234], 7: [247, 226, 211], 10: [229, 241, 238], 16: [232, 242, 236], 19: [246, 222, 208], 21: [216, 214, 234], 24: [206, 214, 232] };
  const DARK = { 0: [13, 18, 32], 5: [17, 22, 38], 7: [48, 34, 36], 10: [21, 40, 43], 16: [23, 42, 42], 19: [50, 31, 38], 21: [24, 22, 44], 24: [13, 18, 32] };
  const shade = (table, hour) => {
    const stops = Object.keys(table).map(Number);
    const after = stops.find((stop) => stop >= hour) ?? 24, before = [...stops].reverse().find((stop) => stop <= hour) ?? 0;
    const part = after === before ? 0 : (hour - before) / (after - before);
    return table[before].map((from, i) => Math.round(from + (table[after][i] - from) * part));
  };
  const dark = () => {
    const theme = document.documentElement.dataset.theme;
    return theme === "dark" || theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches;
  };
  let painted = 0;
  const paint = () => { if (!painted) painted = requestAnimationFrame(() => { painted = 0; draw(); }); };
  const draw = () => {
    const width = stream.clientWidth, height = stream.clientHeight;
    if (!width || points.length === 0) return;
    if (water.width !== width || water.height !== height) { water.width = width; water.height = height; }
    const pen = water.getContext("2d"), table = dark() ? DARK : LIGHT, left = stream.scrollLeft, shift = offset(points[0][0]);
    const sky = pen.createLinearGradient(0, 0, width, 0);
    const steps = Math.max(8, Math.min(60, Math.floor(width / 24)));
    for (let i = 0; i <= steps; i++) {
      const time = timeAt(left + (i / steps) * width) + shift;
      const hour = (((time % DAY) + DAY) % DAY) / HOUR;
      sky.addColorStop(i / steps, `rgb(${shade(table, hour).join(" ")})`);
    }
    pen.fillStyle = sky;
    pen.fillRect(0, 0, width, height);
    for (const [depth, alpha, drift, size] of [[0.22, 0.07, 0.25, 300], [0.46, 0.07, 0.5, 380], [0.72, 0.09, 0.8, 460]]) {
      pen.beginPath();
      pen.moveTo(0, height);
      for (let x = 0; x <= width + 16; x += 16) {
        const y = height * depth + Math.sin((x + left * drift) / size * 2 + depth * 9) * 22 + Math.sin((x + left * drift) / 130 + depth * 5) * 5;
        pen.lineTo(x, y);
      }
      pen.lineTo(width, height);
      pen.closePath();
      pen.fillStyle = dark() ? `rgb(116 205 191 / ${alpha * 0.75})` : `rgb(11 103 95 / ${alpha})`;
      pen.fill();
    }
  };

  // ---- moving: wheel, drag, keys; a finger scrolls by itself -----------------------------------------------------------
  let dragged = false;
  const glide = (to) => stream.scrollTo({ left: to, behavior: still.matches ? "auto" : "smooth" });
  const moving = () => {
    stream.addEventListener("wheel", (event) => {
      if (event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
      const step = event.deltaY * (event.deltaMode ? 30 : 1), most = stream.scrollWidth - stream.clientWidth;
      if ((step < 0 && stream.scrollLeft <= 0) || (step > 0 && stream.scrollLeft >= most - 1 && !words.next)) return;
      event.preventDefault();
      stream.scrollLeft += step;
    }, { passive: false });
    let from = null, speed = 0, last = 0;
    stream.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button || event.target === stream) return;
      from = { x: event.clientX, left: stream.scrollLeft, id: event.pointerId };
      dragged = false; speed = 0; last = event.clientX;
    });
    addEventListener("pointermove", (event) => {
      if (!from || event.pointerId !== from.id) return;
      if (!dragged && Math.abs(event.clientX - from.x) < 5) return;
      if (!dragged) { dragged = true; stream.classList.add("dragged"); close(); }
      speed = 0.7 * speed + 0.3 * (event.clientX - last);
      last = event.clientX;
      stream.scrollLeft = from.left - (event.clientX - from.x);
    });
    addEventListener("pointerup", () => {
      if (!from) return;
      from = null;
      stream.classList.remove("dragged");
      const drift = () => {
        if (Math.abs(speed) < 0.5 || from) return;
        stream.scrollLeft -= speed;
        speed *= 0.93;
        requestAnimationFrame(drift);
      };
      if (dragged && !still.matches) drift();
      setTimeout(() => { dragged = false; });
    });
    stream.addEventListener("dragstart", (event) => event.preventDefault());
    stream.addEventListener("scroll", () => {
      paint();
      if (shown && !shown.pinned) close();
      else if (shown) stand();
      if (stream.scrollLeft + stream.clientWidth > length - 900) more();
    }, { passive: true });
  };

  const go = (drop) => {
    if (!drop) return;
    for (const one of drops()) one.link.tabIndex = one === drop ? 0 : -1;
    const left = stream.scrollLeft, right = left + stream.clientWidth - WIDTH - 40;
    if (drop.x < left + 40 || drop.x > right) glide(drop.x - stream.clientWidth / 2 + WIDTH / 2);
    drop.link.focus({ preventScroll: true, focusVisible: true });
  };
  const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("textarea, input, select")) return;
    const all = drops(), now = all.find((drop) => drop.link === document.activeElement);
    const beside = (step) => {
      const near = all.filter((drop) => (drop.y - now.y) * step > 0 && Math.abs(drop.x - now.x) < 600);
      return near.sort((a, b) => Math.hypot(a.x - now.x, (a.y - now.y) * 2) - Math.hypot(b.x - now.x, (b.y - now.y) * 2))[0];
    };
    const visible = () => all.find((drop) => drop.x >= stream.scrollLeft) || all[0];
    const act = {
      ArrowLeft: () => go(now ? all[all.indexOf(now) - 1] : visible()),
      ArrowRight: () => go(now ? all[all.indexOf(now) + 1] : visible()),
      ArrowUp: () => go(now ? beside(-1) : visible()), ArrowDown: () => go(now ? beside(1) : visible()),
      Home: () => go(all[0]), End: () => go(all[all.length - 1]),
      PageUp: () => glide(stream.scrollLeft - stream.clientWidth * 0.8),
      PageDown: () => glide(stream.scrollLeft + stream.clientWidth * 0.8),
    }[event.key];
    if (!act || (shown && shown.panel.contains(event.target))) return;
    event.preventDefault();
    act();
  };

  // ---- a post opens where it stands ---------------------------------------------------------------------------------
  let shown = null, waiting = 0, leaving = 0;
  const stand = () => {
    const { drop, panel } = shown, box = stream.getBoundingClientRect();
    const room = box.width - panel.offsetWidth - 12;
    const x = Math.max(12, Math.min(room, drop.x - stream.scrollLeft - 8));
    const below = box.height - drop.y;
    panel.style.left = `${Math.round(x)}px`;
    panel.style.maxHeight = `${Math.round(Math.max(320, box.height - 24))}px`;
    panel.style.top = `${Math.round(Math.max(10, Math.min(drop.y - 8, drop.y + below - panel.offsetHeight - 10)))}px`;
  };
  const close = (back = false) => {
    clearTimeout(waiting);
    if (!shown) return;
    const { drop, panel } = shown;
    shown = null;
    panel.remove();
    drop.link.setAttribute("aria-expanded", "false");
    drop.item.classList.remove("open");
    if (back) drop.link.focus({ preventScroll: true });
  };
  const fill = async () => {
    const { drop, panel } = shown;
    const answer = await fetch("/fragments/river/" + drop.post).catch(() => null);
    if (!shown || shown.panel !== panel) return false;
    if (!answer || !answer.ok) { if (shown.pinned) location.href = drop.link.href; else close(); return false; }
    const text = panel.querySelector("textarea"), kept = text && text.dataset.touched ? text.value : "";
    const inside = panel.querySelector(".inside");
    inside.innerHTML = await answer.text();
    if (kept) inside.querySelector("textarea").value = kept;
    if (window.htmx) htmx.process(inside);
    stand();
    const fresh = inside.querySelector("li.fresh");
    if (fresh) inside.scrollTop = fresh.offsetTop - 60;
    return true;
  };
  const seen = async (drop) => {
    if (!drop.item.classList.contains("unread")) return;
    drop.item.classList.replace("unread", "read");
    const body = new URLSearchParams({ csrf });
    const answer = await fetch(`/posts/${drop.post}/seen`, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer || !answer.ok) drop.item.classList.replace("read", "unread");
    else for (const same of $$(`[data-conversation="${drop.item.dataset.conversation}"].unread`)) same.classList.replace("unread", "read");
    count();
  };
  const open = async (drop, pinned) => {
    if (shown && shown.drop === drop) {
      if (pinned && !shown.pinned) { shown.pinned = true; shown.panel.focus({ preventScroll: true }); }
      return;
    }
    close();
    const panel = document.createElement("section");
    panel.className = "panel";
    panel.tabIndex = -1;
    panel.id = "river-panel";
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", words.open);
    const shut = document.createElement("button");
    shut.type = "button";
    shut.className = "shut";
    shut.textContent = "×";
    shut.setAttribute("aria-label", words.close);
    shut.onclick = () => close(true);
    const inside = document.createElement("div");
    inside.className = "inside";
    inside.append(Object.assign(document.createElement("p"), { className: "loading", textContent: "…" }));
    panel.append(inside, shut);
    frame.append(panel);
    shown = { drop, panel, pinned };
    drop.link.setAttribute("aria-expanded", "true");
    drop.link.setAttribute("aria-controls", panel.id);
    drop.item.classList.add("open");
    panel.addEventListener("pointerenter", () => clearTimeout(leaving));
    panel.addEventListener("pointerleave", leave);
    panel.addEventListener("focusin", () => { if (shown) shown.pinned = true; });
    panel.addEventListener("input", (event) => { event.target.dataset.touched = "1"; grow(event.target); });
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) { event.preventDefault(); event.target.form.requestSubmit(); }
    });
    panel.addEventListener("submit", answering);
    stand();
    if (pinned) panel.focus({ preventScroll: true });
    if (await fill()) seen(drop);
  };
  const grow = (text) => { text.style.height = "auto"; text.style.height = `${Math.min(180, text.scrollHeight + 2)}px`; };
  const answering = async (event) => {
    const form = event.target.closest("form.answer");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button"), wrong = form.querySelector(".error"), { drop } = shown;
    button.disabled = true;
    wrong.hidden = true;
    // The server answers with the way to the new post, which is not needed here, or with the reason why not.
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" }).catch(() => null);
    button.disabled = false;
    if (answer && answer.type === "opaqueredirect") {
      form.querySelector("textarea").dataset.touched = "";
      await fill();
      states();
      if (shown) shown.panel.querySelector("textarea")?.focus({ preventScroll: true });
      const inside = shown && shown.panel.querySelector(".inside");
      if (inside) inside.scrollTop = inside.scrollHeight;
      return;
    }
    const page = answer && new DOMParser().parseFromString(await answer.text(), "text/html");
    wrong.textContent = (page && page.querySelector(".error")?.textContent) || words.failed;
    wrong.hidden = false;
    if (!shown) location.href = drop.link.href;
  };
  const leave = () => {
    clearTimeout(waiting);
    clearTimeout(leaving);
    leaving = setTimeout(() => { if (shown && !shown.pinned) close(); }, 280);
  };
  const opening = () => {
    const of = (event) => { const item = event.target.closest("li.drop"); return item && item.drop; };
    list.addEventListener("pointerover", (event) => {
      const drop = of(event);
      if (!drop || event.pointerType !== "mouse" || (shown && shown.pinned)) return;
      clearTimeout(waiting); clearTimeout(leaving);
      if (shown && shown.drop === drop) return;
      waiting = setTimeout(() => { if (!dragged) open(drop, false); }, shown ? 120 : 380);
    });
    list.addEventListener("pointerout", leave);
    list.addEventListener("focusin", (event) => {
      const drop = of(event);
      if (!drop || !drop.link.matches(":focus-visible") || (shown && shown.drop === drop)) return;
      clearTimeout(waiting);
      close();
      waiting = setTimeout(() => open(drop, false), 500);
    });
    list.addEventListener("click", (event) => {
      const drop = of(event);
      if (!drop || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      if (!dragged) { clearTimeout(waiting); open(drop, true); }
    });
    document.addEventListener("pointerdown", (event) => {
      if (shown && !shown.panel.contains(event.target) && !event.target.closest("li.drop")) close();
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && shown) close(true); });
    frame.addEventListener("keydown", keys);
  };

  // ---- more: older ones as one moves, new ones as they are said --------------------------------------------------------
  let loading = false;
  const items = async (address) => {
    const answer = await fetch(address).catch(() => null);
    if (!answer || !answer.ok) return null;
    const piece = document.createElement("template");
    piece.innerHTML = await answer.text();
    const found = piece.content.querySelector("ol");
    return { next: found.dataset.next || "", items: [...found.children].filter((item) => !$$(`[data-post="${item.dataset.post}"]`, list).length) };
  };
  const ready = (item) => { const link = item.querySelector("a.stem"); link.tabIndex = -1; link.setAttribute("aria-expanded", "false"); link.draggable = false; };
  const more = async () => {
    if (loading || !words.next) return;
    loading = true;
    const found = await items(words.next);
    if (found) {
      words.next = found.next;
      found.items.forEach(ready);
      list.append(...found.items);
      arrange();
    }
    loading = false;
    if (!found) document.getElementById("river-older")?.removeAttribute("hidden");
    else if (words.next && (!found.items.length || length <= stream.clientWidth + 900)) more();
  };
  const newer = async () => {
    if (!words.first) return;
    const newest = drops().reduce((most, drop) => (BigInt(drop.id) > most ? BigInt(drop.id) : most), 0n);
    const found = await items(`/fragments/river?show=${words.show}&after=${newest}`);
    if (!found || !found.items.length) return;
    const before = length, away = stream && stream.scrollLeft > 60;
    found.items.forEach((item) => { if (stream) ready(item); item.classList.add("arrived"); });
    list.prepend(...found.items);
    if (stream) {
      arrange();
      if (away) stream.scrollLeft += length - before;
    }
    said.textContent = words.new.replace("{name}", found.items[0].querySelector("b").textContent);
  };
  const count = async () => {
    const answer = await fetch("/fragments/river/counts").catch(() => null);
    if (!answer || !answer.ok) return;
    const counts = await answer.json();
    for (const [show, name] of [["unread", "all"], ["mine", "mine"], ["private", "private"], ["responded", "responded"]]) {
      const badge = document.querySelector(`[data-show="${show}"] .fresh-count`);
      badge.hidden = !counts[name];
      badge.firstElementChild.textContent = counts[name];
    }
    document.querySelector("#read-all button").disabled = !counts.all;
  };
  // How the conversations that are drawn stand now.
  const states = async () => {
    const ids = [...new Set(drops().map((drop) => drop.item.dataset.conversation))].slice(0, 200);
    const answer = ids.length && (await fetch("/fragments/river/states?ids=" + ids.join(",")).catch(() => null));
    if (answer && answer.ok) {
      const found = await answer.json();
      for (const { item } of drops()) {
        const now = found[item.dataset.conversation];
        if (!now) continue;
        const number = item.querySelector(".answers b");
        if (number.textContent !== String(now.answers)) {
          number.textContent = now.answers;
          number.parentElement.classList.toggle("none", !now.answers);
          item.classList.remove("stirred");
          void item.offsetWidth; // begins the animation anew
          item.classList.add("stirred");
        }
        item.querySelector(".answers .hidden").textContent = now.words;
        item.classList.remove("read", "unread", "muted");
        item.classList.add(now.state);
      }
    }
    count();
  };
  let due = 0;
  document.addEventListener("harken:heard", ({ detail }) => {
    if (detail.type === "deleted") {
      for (const item of $$(`li[data-post="${detail.id}"], li[data-id="${detail.id}"]`)) {
        if (shown && shown.drop === item.drop) close();
        item.remove();
      }
      if (stream) arrange();
    }
    if (!["home", "notification", "open"].includes(detail.type)) return;
    clearTimeout(due);
    due = setTimeout(async () => {
      await newer();
      await states();
      if (shown && shown.pinned && detail.type !== "open") fill();
    }, 250);
  });

  // ---- begin, and begin again where the window changes -----------------------------------------------------------------
  const flow = () => {
    frame.classList.add("flows");
    stream = document.createElement("div");
    stream.className = "stream";
    track = document.createElement("div");
    track.className = "track";
    marks = document.createElement("div");
    marks.className = "marks";
    marks.setAttribute("aria-hidden", "true");
    water = document.createElement("canvas");
    water.className = "water";
    water.setAttribute("aria-hidden", "true");
    const help = Object.assign(document.createElement("p"), { className: "small river-help", textContent: words.help });
    list.before(water, stream);
    track.append(marks, list);
    stream.append(track);
    frame.append(help);
    drops().forEach((drop, i) => { ready(drop.item); if (i === 0) drop.link.tabIndex = 0; });
    moving();
    arrange();
    requestAnimationFrame(() => list.classList.add("settled")); // from now on posts glide to where they belong
    new ResizeObserver(() => { close(); arrange(); }).observe(stream);
    if (length <= stream.clientWidth + 900) more();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
    setInterval(() => { if (!document.hidden && stream.scrollLeft < 60 && !shown) arrange(); }, 60000); // now moves on
    if (document.getElementById("river-older")) document.getElementById("river-older").hidden = true; // it comes by itself
  };
  let flowing = false;
  const begin = () => {
    if (wide.matches && !flowing) { flowing = true; opening(); flow(); }
    else if (flowing) location.reload(); // a window made narrow reads the list
  };
  wide.addEventListener("change", begin);
  if (wide.matches) begin();
})();
