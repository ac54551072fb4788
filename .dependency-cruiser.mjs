// The directions in which src/ imports (ARCHITECTURE.md), as a rule that fails the build. Types count as well.
// A layer may import itself and what its row lists; everything else in src/ is forbidden to it.
const manager = 'src/(token-manager|manager-[^/]+|token-status)[.]ts'
const vocabulary = 'src/endpoint/(provider|grant)[.]ts'
const leaves = ['src/(errors|events|redact)[.]ts']
const leavesAndUrls = [...leaves, 'src/secure-url[.]ts']

// What users can import is what index.ts exports; the outer parts may name the files behind it, and nothing deeper.
const publicFiles = [
  'src/(index|client|errors|events)[.]ts',
  manager,
  'src/(grants|providers|stores)/',
  'src/token/(token|token-store)[.]ts',
  vocabulary,
  'src/endpoint/define-provider[.]ts',
]

/** Layer → the paths it may import, beside its own. */
const layers = {
  'src/index[.]ts': ['src/(?!sign-in/|proxy/|testing/|cli/)'],
  'src/node[.]ts': ['src/proxy/to-node-listener[.]ts', 'src/stores/file[.]ts'],
  'src/client[.]ts': [manager, vocabulary, ...leavesAndUrls],
  [manager]: ['src/(http|endpoint|token)/', 'src/stores/memory[.]ts', ...leavesAndUrls],
  'src/http/': ['src/token/', vocabulary, ...leavesAndUrls],
  'src/endpoint/': ['src/token/', ...leavesAndUrls],
  'src/providers/': ['src/grants/', 'src/endpoint/', ...leavesAndUrls],
  'src/grants/': ['src/endpoint/', ...leaves],
  'src/stores/': ['src/token/', ...leaves],
  'src/token/': [...leaves],
  'src/events[.]ts': ['src/(errors|redact)[.]ts'],
  'src/secure-url[.]ts': ['src/errors[.]ts'],
  'src/errors[.]ts': ['src/redact[.]ts'],
  'src/redact[.]ts': [],
  // Says to the authorization endpoint what endpoint/ says to the token endpoint, and shows as little.
  'src/sign-in/': [...publicFiles, 'src/endpoint/wire-parameters[.]ts', ...leavesAndUrls],
  'src/(proxy|testing|cli)/': [...publicFiles, ...leavesAndUrls, 'src/(sign-in|proxy|testing|cli)/'],
}

// The files that need Node. They are entries of their own (package.json, `exports`).
const nodeOnly = '^src/(cli/|node[.]ts|stores/file[^/]*[.]ts|proxy/(to-node-listener|node-[^/]*)[.]ts|testing/emulator[^/]*[.]ts)'
const isomorphicEntries = '^src/(index|testing/testing|sign-in/sign-in|proxy/proxy)[.]ts$'

/** Packages, and who may use them: ky never stands between a caller and a fetch. */
const packages = {
  ky: '^src/(endpoint/|client[.]ts)',
  'p-retry': '^src/endpoint/',
  'jwt-decode': '^src/(token|endpoint)/',
  msw: '^src/testing/',
}

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })
const anyOf = (paths) => `^(${paths.join('|')})`

export default {
  forbidden: [
    ...Object.entries(layers).map(([layer, allowed]) =>
      rule(
        'imports-go-one-way',
        `${layer} may not import this: see the list of layers`,
        { path: `^${layer}` },
        { path: '^src/', pathNot: anyOf([layer, ...allowed]) },
      ),
    ),
    rule(
      'every-file-has-a-layer',
      'a new top-level file of src/ needs a row in the list of layers',
      { path: '^src/', pathNot: anyOf(Object.keys(layers)) },
      {},
    ),
    rule(
      'every-file-has-a-layer',
      'a new top-level file of src/ needs a row in the list of layers',
      {},
      { path: '^src/', pathNot: anyOf(Object.keys(layers)) },
    ),
    rule('no-cycles', 'also not of types', {}, { circular: true }),
    rule(
      'nothing-outside-src',
      'what is published is in src/',
      { path: '^src/' },
      { path: '^(test|examples|benchmarks|scripts|tools|dist)/' },
    ),
    rule('no-node-in-the-core', 'the core runs everywhere', { path: '^src/', pathNot: nodeOnly }, { dependencyTypes: ['core'] }),
    rule('no-node-in-isomorphic-entries', 'also not by a detour', { path: isomorphicEntries }, { path: nodeOnly, reachable: true }),
    ...Object.entries(packages).map(([name, users]) =>
      rule('packages-have-their-place', `${name} is for ${users}`, { path: '^src/', pathNot: users }, { path: `node_modules/${name}/` }),
    ),
    rule(
      'no-other-packages',
      'dependencies are ky, p-retry and jwt-decode; msw for testing',
      { path: '^src/' },
      { path: 'node_modules/', pathNot: `node_modules/(${Object.keys(packages).join('|')})/` },
    ),
    rule('everything-resolves', 'the path leads nowhere', {}, { couldNotResolve: true }),
  ],
  options: {
    tsPreCompilationDeps: true,
    // A function that happens to be called `require` is no import.
    moduleSystems: ['es6'],
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.js', '.d.ts'],
    },
  },
}
