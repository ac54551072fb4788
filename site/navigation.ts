/** One group of the sidebar. */
export interface Section {
  readonly title: string
  readonly pages: readonly Entry[]
  /** Begins folded. */
  readonly isFolded?: boolean
}

/** The path of a page's source in the repository, and its name in the sidebar where its heading is too long for one. */
export type Entry = string | readonly [page: string, label: string]

/**
 * What the sidebar holds, in its order. A page that is not there (yet) is left out; a page of docs/ that is not here fails
 * a test. `generated/…` are pages that the build writes; `site/pages/…` are pages of the site alone.
 */
export const sections: readonly Section[] = [
  {
    title: 'Get started',
    pages: [
      ['README.md', 'Overview'],
      ['docs/get-started-server.md', 'On a server'],
      ['docs/get-started-browser.md', 'In a browser'],
      ['docs/getting-started.md', 'Managers, options, events'],
      ['site/pages/playground.md', 'Playground'],
    ],
  },
  {
    title: 'Guides by task',
    pages: [
      ['docs/grants.md', 'Log in: grants'],
      ['docs/sign-in.md', 'Sign a user in'],
      ['docs/device-sign-in.md', 'Sign in on a device'],
      ['docs/discovery.md', 'Discover a server'],
      ['docs/writing-a-provider.md', 'Write a provider'],
      ['docs/browser.md', 'Keep tokens out of the page'],
      ['docs/proxy.md', 'Proxy'],
      ['docs/fleet.md', 'Run a fleet'],
      ['docs/testing.md', 'Test your code'],
      ['docs/cli.md', 'Use the command line'],
      ['docs/opentelemetry.md', 'Observe: OpenTelemetry'],
    ],
  },
  {
    title: 'Recipes',
    pages: [
      ['docs/use-with.md', 'By library'],
      ['examples/frameworks/README.md', 'By framework'],
      ['examples/browser/README.md', 'An app for the browser'],
    ],
  },
  {
    title: 'APIs',
    pages: [
      ['docs/apis.md', 'Real APIs, to copy'],
      'docs/providers/cam2.md',
      'docs/providers/camdram.md',
      'docs/providers/dive.md',
      'docs/providers/musement.md',
    ],
  },
  {
    title: 'Concepts',
    pages: [
      ['docs/renewal.md', 'Renewal'],
      ['docs/stores.md', 'Stores'],
      ['docs/security.md', 'Security'],
      ['ARCHITECTURE.md', 'Architecture'],
    ],
  },
  {
    title: 'Troubleshooting',
    pages: [['docs/troubleshooting.md', 'By symptom'], ['generated/error-codes.md', 'By error code'], 'docs/errors.md'],
  },
  {
    title: 'Migrating',
    pages: [['docs/migrating.md', 'From another library']],
  },
  {
    title: 'Project',
    pages: [
      'docs/benchmarks.md',
      'docs/conformance.md',
      'CHANGELOG.md',
      ['CONTRIBUTING.md', 'Contributing'],
      ['SECURITY.md', 'Report a vulnerability'],
      ['LICENSE', 'Licence'],
    ],
  },
]

/** The page that lists the decisions. The others of its folder follow it in the sidebar, by their numbers. */
export const decisions = 'decisions/README.md'

/** The links at the top of every page, as `sections` names pages. `reference/…` is the API reference. */
export const topLinks: readonly (readonly [page: string, label: string])[] = [
  ['docs/getting-started.md', 'Guide'],
  ['docs/apis.md', 'APIs'],
  ['reference/README.md', 'Reference'],
  ['docs/troubleshooting.md', 'Troubleshooting'],
  ['site/pages/playground.md', 'Playground'],
]
