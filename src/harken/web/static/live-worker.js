"use strict";
// One stream of events for all tabs of a browser. This file runs as a SharedWorker, or, where there is none,
// as a script in the one tab that holds the lock (live.js); both feed the same hub.

class Hub {
  // tell(tab, message): how a message reaches a tab.
  constructor(tell) {
    this.tell = tell;
    this.tabs = new Map(); // tab -> {home, viewer, q}
    this.source = null;
    this.address = "";
    this.timer = 0;
    this.pause = 2000;
  }

  want(tab, wants) {
    this.tabs.set(tab, wants);
    this.soon();
    if (this.source && this.source.readyState === 1 && this.covers(wants)) this.tell(tab, { type: "open" });
  }

  leave(tab) {
    this.tabs.delete(tab);
    this.soon();
  }

  covers(wants) {
    return !wants.q || new URLSearchParams(this.address.split("?")[1]).getAll("q").includes(wants.q);
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), 120);
  }

  connect() {
    const wants = [...this.tabs.values()];
    const viewer = wants.map((w) => w.viewer).filter(Boolean).pop() || "";
    const searches = [...new Set(wants.map((w) => w.q).filter(Boolean))].slice(-10).sort();
    const query = new URLSearchParams();
    if (viewer) query.set("home", viewer); // the name of the viewer makes a new address after signing in as another
    for (const q of searches) query.append("q", q);
    const address = wants.length && [...query].length ? "/live?" + query : "";
    if (address === this.address && this.source && this.source.readyState !== 2) return;
    if (this.source) this.source.close();
    this.source = null;
    this.address = address;
    if (!address) return;
    const source = (this.source = new EventSource(address));
    source.addEventListener("open", () => { this.pause = 2000; });
    for (const type of ["open", "home", "search", "notification", "ear", "deleted", "desk"])
      source.addEventListener(type, (event) => {
        if (event.data === undefined) return; // the connection's own 'open'
        const message = { type, ...JSON.parse(event.data) };
        for (const tab of this.tabs.keys()) this.tell(tab, message);
      });
    source.onerror = () => {
      if (source !== this.source || source.readyState !== 2) return; // 0: the browser tries again by itself
      this.timer = setTimeout(() => this.connect(), this.pause + Math.random() * 1000);
      this.pause = Math.min(this.pause * 2, 60000);
    };
  }
}

if (typeof SharedWorkerGlobalScope !== "undefined" && self instanceof SharedWorkerGlobalScope) {
  const hub = new Hub((port, message) => port.postMessage(message));
  self.onconnect = (event) => {
    const port = event.ports[0];
    port.onmessage = ({ data }) => {
      if (data.bye) { hub.leave(port); return; }
      hub.want(port, data);
      // The tab holds this lock as long as it lives; we get it when the tab is gone, however it went.
      if (data.lock && navigator.locks) navigator.locks.request(data.lock, () => hub.leave(port));
    };
  };
} else {
  self.HarkenHub = Hub;
}
