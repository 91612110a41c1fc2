// Every method that the installed masto has, read from its types: "v1.accounts.$select.follow" and the like.
import fs from "node:fs";
import path from "node:path";

const ROOT = path.join("node_modules", "masto", "dist", "esm", "mastodon", "rest");

// By directory ("v1", "v1/admin"…) and interface, its members and their types.
function interfaces() {
  const found = {};
  for (const entry of fs.readdirSync(ROOT, { recursive: true }).map(String)) {
    if (!entry.endsWith(".d.ts")) continue;
    const text = fs.readFileSync(path.join(ROOT, entry), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    for (const match of text.matchAll(/export interface ([\w$]+Resource)\b[^{]*\{([\s\S]*?)\n\}/g)) {
      const members = (((found[path.dirname(entry)] ??= {})[match[1]]) ??= {});
      for (const line of match[2].split(";\n")) {
        const member = line.trim().match(/^(?:readonly )?([\w$]+)(?:\([^)]*\))?\s*:\s*([\s\S]+?);?$/);
        if (member) members[member[1]] = member[2];
      }
    }
  }
  return found;
}

export function methods() {
  const known = interfaces();
  const names = [];
  const walk = (directory, type, before) => {
    const [, inside, name] = type.trim().match(/^(?:(\w+)\.)?([\w$]+)$/);
    const near = inside ?? directory;
    const places = [near, ...Object.keys(known).filter((one) => one.startsWith(`${near}/`))];
    const place = places.find((one) => known[one]?.[name]);
    if (!place) throw new Error(`masto's types have no ${type} for ${before.join(".")}`);
    for (const [member, its] of Object.entries(known[place][name])) {
      if (member === "$raw") continue; // the same method, with the answer's headers
      if (/^(Method<|\{)/.test(its)) names.push([...before, member].join("."));
      else walk(place, its, [...before, member]);
    }
  };
  walk(".", "V1Resource", ["v1"]);
  walk(".", "V2Resource", ["v2"]);
  return names;
}
