import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { excused, tries } from '../conformance/scenarios.ts'

const root = resolve(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/conformance.md'), 'utf8')
const rows = [...page.matchAll(/^\| `([^`]+)` \| ([^|]*) \| ([^|]*) \| (\d+) \| (.*) \|$/gm)].map(
  ([, name = '', , what = '', checks, result]) => ({
    scenario: `auth/${name}`,
    what,
    checks: Number(checks),
    result,
  }),
)

it('the page about conformance → is of the version that is installed', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'tools/conformance/package.json'), 'utf8'))
  expect(page).toContain(`\n${dependencies['@modelcontextprotocol/conformance']}, and writes this page.`)
})

it('each scenario on it → passes, or has the reason why not', () => {
  expect(rows.length).toBeGreaterThan(20)
  for (const { scenario, result, checks } of rows) {
    expect(result, scenario).toBe(excused[scenario] ?? 'pass')
    if (result === 'pass') expect(checks, scenario).toBeGreaterThan(0)
  }
  expect(page).toContain(`**${rows.filter(({ result }) => result === 'pass').length} of ${rows.length} scenarios pass.**`)
})

it('each scenario → is described, and each description is of one', () => {
  expect(rows.map(({ scenario, what }) => [scenario, what]).toSorted()).toEqual(Object.entries(tries).toSorted())
})
