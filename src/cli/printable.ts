/** Text for a terminal: what it would obey, such as ESC, is shown as `\x1b`. Tabs and line ends stay. */
export function escapeControls(text: string): string {
  // A carriage return at the end may be half of a line end.
  return text.replace(/\r(?!\n|$)|(?![\t\n\r])\p{Cc}/gu, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
