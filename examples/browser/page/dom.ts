type Child = Node | string | undefined | false
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

/** Makes an element. Attributes are set as they are named; false and undefined leave one out. Texts are texts, never markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children)
}

/** The same for SVG. Its attributes are no styles: the Content-Security-Policy allows them. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children)
}

/** @throws Error where the page has no such element: the markup and the scripts do not fit together */
export function find<T extends Element = HTMLElement>(selector: string, within: ParentNode = document): T {
  const found = within.querySelector<T>(selector)
  if (!found) throw new Error(`The page has no ${selector}`)
  return found
}

/** Sets a text where it differs: screen readers and browsers are spared changes that are none. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text
}

function fill<T extends Element>(target: T, attributes: Attributes, children: readonly Child[]): T {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) target.setAttribute(name, value === true ? '' : String(value))
  }
  target.append(...children.filter((child) => child !== undefined && child !== false))
  return target
}
