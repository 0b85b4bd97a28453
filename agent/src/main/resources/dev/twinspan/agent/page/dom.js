// Elements. Text of the wire comes in as text only: nothing here takes markup.

/**
 * @param attributes name → value; a function is a listener of that event, false or null leaves it away
 * @param children nodes, or texts
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Leaves alone what is so already: no layout, and a selection stays. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function mark(node, name, value) {
  if (value === null || value === false) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, value);
  }
}

/** Makes children anew, but only when what they are made from has changed. */
export function redo(node, key, make) {
  if (node.madeFrom === key) return;
  node.madeFrom = key;
  node.replaceChildren(...make());
}
