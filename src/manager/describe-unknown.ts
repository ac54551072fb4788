/** What is wrong with a name that nobody knows: names the one that was probably meant, else all that there are. */
export function describeUnknown(name: string, known: readonly string[]): string {
  const simplify = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '')
  const begin = simplify(name).slice(0, 4)
  const meant = known.find((candidate) => simplify(candidate).startsWith(begin) || simplify(name).includes(simplify(candidate)))
  return meant && begin ? `is unknown: did you mean ${meant}?` : `is unknown; there are ${known.join(', ')}`
}
