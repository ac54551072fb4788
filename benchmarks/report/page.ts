import { buildGoalsTable, buildTable, type Outcome } from './tables.ts'

/** The figures of some scenarios and the goals that belong to them: for the terminal. */
export function buildTables(outcomes: readonly Outcome[]): string {
  return `\n${[...outcomes.map(buildTable), buildGoalsTable(outcomes)].filter(Boolean).join('\n\n')}\n`
}

/** `docs/benchmarks.md`. The circumstances are the machine, and what else it did. */
export function buildPage(outcomes: readonly Outcome[], circumstances: string): string {
  const sections = outcomes.map(
    (outcome) => `## ${outcome.scenario.id}. ${outcome.scenario.title}\n\n${outcome.scenario.method}\n\n${buildTable(outcome)}`,
  )
  return `${[introduction(circumstances), buildGoalsTable(outcomes), ...sections, notes].join('\n\n')}\n`
}

const introduction = (circumstances: string) => `<!-- Written by \`npm run bench\`: do not edit. -->
# Benchmarks

This page says what tokenwell costs, and what it does when tokens run out. Beside it stand a bare \`fetch\` with a static header (the
floor), a minimum written by hand, and libraries that do similar work. The page is written by \`npm run bench\`, which installs the others
in a place of its own:

\`\`\`sh
npm run bench            # all scenarios; \`npm run bench -- --help\` lists them
npm run bench -- S1 S3   # some of them
\`\`\`

![tokenwell and others, a panel or more a scenario](benchmarks.svg)

Measured on ${circumstances}

Subjects run in interleaved rounds, in a new order each round, and are compared with the floor of the same round. Figures are medians, with
the middle half of the rounds in brackets. Ratios carry over to other machines, times do not.

## Goals

A goal is met or missed by the median. Where it is about several figures, the worst of them is shown.`

const notes = `## About the others

Each is at the release in \`benchmarks/package.json\`, with its default options, and is checked to authenticate before it is timed
(\`benchmarks/subjects/\`).

- **hand-written minimum**: one token for all callers, early renewal, one replay after a 401. No origin policy, no deadline, no retries,
  no stores; string URLs and plain-object headers only.
- **badgateway** (\`@badgateway/oauth2-client\`): \`OAuth2Fetch\` with client credentials.
- **oauth4webapi**: a protocol library without a cache. The cache is a variable and its expiry, as its users begin; it does not replay, and
  reports a 401 as an error.
- **google-auth-library** has client credentials for Google's own servers only. Measured is its refresh-token client with another token
  endpoint and \`forceRefreshOnFailure\`. Its default window of five minutes is longer than the tokens of S5 live. Of a \`Request\` it takes the
  URL and the headers alone.
- **ky with hooks**: the hooks of ky's documentation, without a shared renewal.`
