// Words that readers of other languages stumble over, and what to write in their place.

/** @type {readonly (readonly [pattern: RegExp, advice: string])[]} */
const forbidden = [
  [/\b(?:is|are|was|were|be|been|being) had\b/i, 'a lock is acquired, not «had»'],
  [/\b(?:is|are|was|were|be|been|being|store|server|redis|machine) away\b/i, 'a store is unreachable, not «away»'],
  [/\bby chance\b/i, 'at random, not «by chance»'],
  [/\bput(?:s|ting)? off\b/i, 'postponed, not «put off»'],
  [/\brest(?:s|ed|ing)\b/i, 'a renewal is postponed or paused: it does not «rest»'],
  [
    /\b(?:an? (?:\w+ )?text|texts|(?:non-empty|empty) text|text that is)\b(?![ -](?:file|message|body|field|editor|area|node))/i,
    'a string, not «a text»',
  ],
  [/\bmust be text\b/i, 'a string, not «text»'],
]

const subject = /^["«*_(]*(?:What|Who|Whoever|Whatever)\b/

/**
 * @param {{ sentence: string, isName: boolean }} sentence `isName`: it names a thing, as headings, cells and the first
 *   sentences of docstrings do, and has no subject
 * @returns {string[]} what to write in place of what stands there
 */
export function adviceOn({ sentence, isName }) {
  const prose = sentence.replace(/`[^`]*`/g, '`…`')
  const advice = forbidden.flatMap(([pattern, words]) => (pattern.test(prose) ? [words] : []))
  const isQuestion = /[?:][)»"*_]*$/.test(prose)
  return subject.test(prose) && !isName && !isQuestion ? [...advice, 'begin with the subject, not with «What» or «Who»'] : advice
}
