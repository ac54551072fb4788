// The command line. Plain JavaScript without dependencies: `run.mjs` reads it before anything is installed, on a Node that
// may be too old for TypeScript.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

/** In the order of the report. Each is a file in `subjects/`; the floor is the yardstick of the ratios. */
export const subjectNames = /** @type {const} */ ([
  'floor',
  'tokenwell',
  'minimum',
  'badgateway',
  'oauth4webapi',
  'google-auth-library',
  'ky',
])

/** In the order of the report. */
export const scenarioIds = /** @type {const} */ ([
  'S1',
  'S1a',
  'S1b',
  'S2',
  'S3',
  'S4',
  'S5',
  'S6',
  'S7',
  'S8',
  'S9',
  'S10',
  'S11',
  'S12',
  'S13',
])

export const usage = `Usage: npm run bench -- [options] [scenario …]

Measures tokenwell, a bare fetch and other libraries in these scenarios, all of them
when none is named: ${scenarioIds.join(' ')}

Options:
  --quick            fewer rounds, shorter batches, up to 10 000 managers
  --subjects a,b     only these, and the floor: ${subjectNames.slice(1, 4).join(', ')},
                     ${subjectNames.slice(4).join(', ')}
  --against FOLDER   measure another build of tokenwell in the same run: a checkout
                     with its dist/ built and its dependencies installed
  --no-build         measure dist/ as it is
  --out FOLDER       write the page and the plot there, whatever was measured
  --help             this text

A run of everything writes docs/benchmarks.md and docs/benchmarks.svg. With --quick,
--against, --out or some of the scenarios or subjects, docs/ stays as it is.

The build of release 0.1.0, for --against:
  git worktree add ../tokenwell-0.1.0 3569d73
  cd ../tokenwell-0.1.0 && npm ci && npm run build`

const options = /** @type {const} */ ({
  quick: { type: 'boolean' },
  subjects: { type: 'string' },
  against: { type: 'string' },
  'no-build': { type: 'boolean' },
  out: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
})

/** The command line is wrong: exit status 2. */
export class UsageError extends Error {}

/**
 * @param {readonly string[]} args
 * @throws {UsageError} whose message says what is wrong
 */
export function parseArguments(args) {
  // Not strict: Node's sentence about an unknown option names none that was meant.
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true })
  /** @type {Map<string, string>} */
  const values = new Map()
  /** @type {string[]} */
  const positionals = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind === 'option') values.set(token.name, readOption(token))
  }
  const named = positionals.map((id) => findName('scenario', id, scenarioIds))
  const wanted = values
    .get('subjects')
    ?.split(',')
    .map((name) => findName('subject', name.trim(), subjectNames))
  return {
    isHelp: values.has('help'),
    isQuick: values.has('quick'),
    isBuildWanted: !values.has('no-build'),
    scenarioIds: scenarioIds.filter((id) => named.length === 0 || named.includes(id)),
    // The floor is what the others are compared with.
    subjects: subjectNames.filter((name) => name === 'floor' || !wanted || wanted.includes(name)),
    against: values.has('against') ? findBuild(readPath(values.get('against'))) : undefined,
    out: values.has('out') ? readPath(values.get('out')) : undefined,
  }
}

/**
 * The value of an option, '' where it takes none.
 * @param {{ name: string, rawName: string, value?: string | undefined, inlineValue?: boolean | undefined }} token
 */
function readOption({ name, rawName, value, inlineValue }) {
  if (!(name in options)) throw new UsageError(describeUnknown('option', rawName, Object.keys(options), '--'))
  const { type } = options[/** @type {keyof typeof options} */ (name)]
  if (type === 'boolean' && value !== undefined) throw new UsageError(`--${name} takes no value.`)
  const isMissing = !value || (!inlineValue && value.startsWith('-'))
  if (type === 'string' && isMissing) throw new UsageError(`--${name} needs a value.`)
  return value ?? ''
}

/**
 * @template {string} T
 * @param {string} kind
 * @param {string} name
 * @param {readonly T[]} known
 * @returns {T}
 */
function findName(kind, name, known) {
  const found = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase())
  if (found === undefined) throw new UsageError(describeUnknown(kind, name, known))
  return found
}

/** @param {string | undefined} path relative to where the user is: npm changes to the root of the package */
function readPath(path = '') {
  return resolve(process.env['INIT_CWD'] ?? '.', path)
}

/** @param {string} folder a checkout, or its `dist` */
function findBuild(folder) {
  const root = [folder, join(folder, '..')].find((path) => existsSync(join(path, 'dist', 'index.js')))
  if (root === undefined) throw new UsageError(`--against: there is no dist/index.js in ${folder}; build that checkout first.`)
  return root
}

/** @type {(kind: string, name: string, known: readonly string[], prefix?: string) => string} */
function describeUnknown(kind, name, known, prefix = '') {
  const nearest = findNearest(name.replace(/^-+/, ''), known)
  const hint = nearest === undefined ? '' : ` Did you mean ${prefix}${nearest}?`
  return `There is no ${kind} ${name}.${hint} There are: ${known.map((other) => prefix + other).join(', ')}.`
}

/** @type {(name: string, known: readonly string[]) => string | undefined} */
function findNearest(name, known) {
  const [best] = known
    .map((candidate) => ({ candidate, distance: countEdits(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  // More than a third of it changed: another word, not a slip.
  return best && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3)) ? best.candidate : undefined
}

/**
 * Levenshtein distance, of texts as short as these.
 * @type {(a: string, b: string) => number}
 */
function countEdits(a, b) {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = /** @type {number} */ (previous[j - 1]) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(substituted, /** @type {number} */ (previous[j]) + 1, /** @type {number} */ (row[j - 1]) + 1))
    }
    previous = row
  }
  return /** @type {number} */ (previous[b.length])
}
