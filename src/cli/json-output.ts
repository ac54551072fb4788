/** JSON in which no character is one that a terminal obeys: `JSON.stringify` leaves U+007F to U+009F as they are. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
}
