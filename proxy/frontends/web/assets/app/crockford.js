/**
 * Enrolment codes as people read them out and type them: Crockford's base32, 26 characters.
 *
 * Case, hyphens and spaces do not matter, I and L are read as 1, O as 0; U is no character of it.
 */

export const LENGTH = 26;
const GROUP = 4;
const READ_AS = { I: "1", L: "1", O: "0" };

/** Give what was typed so far: the code's characters, and those that can be none. */
export function read(typed) {
  const found = [...typed.toUpperCase()].filter((one) => !/[-\s]/.test(one));
  const code = found.map((one) => READ_AS[one] ?? one);
  const wrong = found.filter((_, at) => !/^[0-9A-HJKMNP-TV-Z]$/.test(code[at]));
  return { code: code.join(""), wrong: [...new Set(wrong)] };
}

/** Give the code that somebody meant; null where it cannot be one. */
export function normalise(typed) {
  const { code, wrong } = read(typed);
  return wrong.length === 0 && code.length === LENGTH ? code : null;
}

/** Write a code, or the beginning of one, in groups. */
export function grouped(code) {
  return code.match(new RegExp(`.{1,${GROUP}}`, "gu"))?.join("-") ?? "";
}
