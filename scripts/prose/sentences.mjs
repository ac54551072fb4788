// Sentences, and how long they are. Code in backticks counts as one word, however long it is.

/** A sentence ends at its sign, where what follows begins like a sentence: a capital, a number, code, emphasis or a quotation. */
const ends = /(?<=[.!?…][)»"'*_]*)\s+(?=[*_(«"'[]*[\p{Lu}\d`‹])/u
const code = /`[^`]*`/g
const abbreviations = /\b(?:e\.g|i\.e|etc|vs|cf|approx|No|St)\.$/

/** @param {string} text one paragraph, list item or cell */
export function sentencesOf(text) {
  const codes = text.match(code) ?? []
  const sentences = []
  let begun = ''
  for (const part of text.replace(code, '`…`').replace(/\s+/g, ' ').trim().split(ends)) {
    begun = begun ? `${begun} ${part}` : part
    if (abbreviations.test(part)) continue
    sentences.push(begun)
    begun = ''
  }
  return [...sentences, begun].filter(Boolean).map((sentence) => sentence.replace(code, () => codes.shift() ?? ''))
}

/** @param {string} sentence */
export function countWords(sentence) {
  return sentence
    .replace(code, 'code')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length
}
