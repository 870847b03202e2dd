/**
 * One JSON object, without repeated names at any depth.
 *
 * `JSON.parse` lets the last of two members of one name win; another reader might take the first.
 */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
const LIMIT = 32;

/** Read UTF-8 octets; throws for whatever is not one object. */
export function parseObject(octets) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  const found = JSON.parse(text);
  if (found === null || typeof found !== "object" || Array.isArray(found)) {
    throw new Error("not a JSON object");
  }
  refuseRepeated(text);
  return found;
}

/** Throw where a name comes twice in one object; *text* is JSON. */
function refuseRepeated(text) {
  const open = [];
  let last = null;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : null);
      if (open.length > LIMIT) throw new Error("too deep");
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ":") {
      const names = open.at(-1);
      const name = JSON.parse(last);
      if (names.has(name)) throw new Error("a repeated name");
      names.add(name);
    }
    last = token;
  }
}
