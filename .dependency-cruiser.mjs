// The directions in which src/ imports (ARCHITECTURE.md), as a rule that fails the build. Types count as well.
// A layer may import itself and what its row lists; everything else in src/ is forbidden to it.

/** A file directly in src/ is a subpath of the package: it only re-exports, and nothing imports it. */
const subpath = 'src/[^/]+[.]ts'

// What users can import, by the files that stand behind it: for the parts that stand on the public names alone.
const publicNames = [
  'src/(manager|grants|providers|vocabulary|stores|node|ky|proxy|sign-in|testing)/',
  'src/token/(token|token-store)[.]ts',
  'src/base/',
]

/** Layer → the folders that it may import, beside its own. */
const layers = {
  [subpath]: ['src/[^/]+/'],
  'src/manager/': ['src/(http|endpoint|token|vocabulary|base)/'],
  'src/http/': ['src/(token|vocabulary|base)/'],
  'src/endpoint/': ['src/(token|vocabulary|base)/'],
  'src/token/': ['src/base/'],
  'src/vocabulary/': ['src/base/'],
  'src/grants/': ['src/(endpoint|vocabulary|base)/'],
  'src/providers/': ['src/(grants|http|endpoint|vocabulary|base)/'],
  'src/stores/': ['src/(token|base)/'],
  'src/ky/': ['src/(manager|base)/'],
  'src/opentelemetry/': ['src/(manager|base)/'],
  'src/sign-in/': ['src/(grants|endpoint|vocabulary|base)/'],
  'src/proxy/': ['src/(manager|token|base)/'],
  'src/testing/': ['src/(token|node|base)/'],
  'src/cli/': publicNames,
  'src/node/': [],
  'src/base/': [],
}

// The files that need Node. Each is behind an entry of its own (package.json, `exports`).
const nodeOnly =
  '^src/(cli/|node[.]ts|node/|emulator[.]ts|testing-node[.]ts|stores/file/|testing/with-msw-if-installed[.]ts|testing/emulation/start-emulator[.]ts)'
const isomorphicEntries = '^src/(index|ky|redis|testing|sign-in|proxy|opentelemetry)[.]ts$'

/** What only some profiles need: `defineProvider()`, presets and `customGrant()` bring it along. */
const abilities = [
  'src/http/(other-transport|authorization|find-rejection|sign-call|prepare-call|token-in-url)[.]ts',
  'src/endpoint/(error-rules|revocation|revoke-token|run-exchange)[.]ts',
  'src/vocabulary/(api-origins|request-templates|template|reply-match)[.]ts',
]

/** Packages, and who may use them: ky never stands between the core and a fetch. */
const packages = {
  ky: '^src/ky/',
  'p-retry': '^src/endpoint/',
  'jwt-decode': '^src/(token|endpoint)/',
  msw: '^src/testing/',
  '@opentelemetry/api': '^src/opentelemetry/',
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
        { path: '^src/', pathNot: anyOf(layer === subpath ? allowed : [layer, ...allowed]) },
      ),
    ),
    rule(
      'every-file-has-a-layer',
      'a new folder of src/ needs a row in the list of layers',
      { path: '^src/', pathNot: anyOf(Object.keys(layers)) },
      {},
    ),
    rule(
      'every-file-has-a-layer',
      'a new folder of src/ needs a row in the list of layers',
      {},
      { path: '^src/', pathNot: anyOf(Object.keys(layers)) },
    ),
    rule(
      'abilities-are-brought-along',
      'only types of it: else every program carries it (ARCHITECTURE.md, «What only some profiles need»)',
      {
        path: '^src/(manager|http|endpoint|token|vocabulary|base)/',
        pathNot: anyOf([...abilities, 'src/vocabulary/(check-provider|token-request-checks)[.]ts']),
      },
      { path: anyOf(abilities), dependencyTypesNot: ['type-only'] },
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
      'dependencies are ky, p-retry and jwt-decode; msw for testing, @opentelemetry/api for opentelemetry',
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
