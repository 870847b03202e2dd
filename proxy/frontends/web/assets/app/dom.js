/** Elements, made by hand: texts are texts, never markup. */

/**
 * Make an element. *given* are its attributes; `on` holds listeners by event, true and false set and
 * leave out an attribute. Children are elements, texts, or null for none.
 */
export function h(name, given = {}, ...children) {
  const { on = {}, ...attributes } = given;
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(attribute, "");
    else if (value !== false && value != null) element.setAttribute(attribute, value);
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

/** Show a page: a heading, which takes the focus so that it is read out, and what is below it. */
export function show(title, ...children) {
  const heading = h("h1", { tabindex: "-1" }, title);
  document.querySelector("main").replaceChildren(heading, ...children.flat().filter(Boolean));
  document.title = `${title} · Countersign`;
  heading.focus({ preventScroll: true });
}

/** Say something to whoever sees, and to whoever has it read out. */
export function tell(text, { urgent = false } = {}) {
  const place = document.querySelector(urgent ? "#alert" : "#status");
  place.textContent = "";
  place.textContent = text;
}

/** Do what a button says, or one in a card, once at a time; while it is done the element is busy. */
export async function busy(element, work) {
  const state = element.tagName === "BUTTON" ? "aria-disabled" : "aria-busy";
  if (element.getAttribute(state) === "true") return;
  element.setAttribute(state, "true");
  try {
    await work();
  } finally {
    element.removeAttribute(state);
  }
}

/** Give a message under a field, empty at first; `say` puts a text there and marks the field. */
export function fault(field) {
  const element = h("p", { class: "fault", id: `${field.id}-fault`, role: "alert" });
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${element.id}`.trim());
  element.say = (text) => {
    element.textContent = text;
    if (text) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };
  return element;
}
