import { describe, expect, it } from 'vitest'
import { checkCalls, checkDisturbances } from '../../examples/main-job/checks.ts'
import { choosePaint, startProgress } from '../../examples/main-job/progress.ts'
import { prepareRun, type SystemRun } from '../../examples/main-job/run-system.ts'
import { formatChecks, formatSummary } from '../../examples/main-job/summary.ts'
import { systems } from '../../examples/main-job/systems.ts'
import { formatTable } from '../../examples/main-job/table.ts'
import type { Tally } from '../../examples/main-job/tally.ts'
import { cam2 } from '../../src/index.ts'

/** A run in which everything went well, but for what is given. */
function pastRun(changes: Partial<Tally> = {}): SystemRun {
  const run = prepareRun(systems.cam2, cam2({ clientId: 'x', clientSecret: 'y' }))
  Object.assign(run.tally, {
    calls: 100,
    tokenRequests: 6,
    unansweredTokenRequests: 1,
    acquired: 1,
    renewals: 3,
    rejected: 2,
    recovered: 2,
    callsInOutage: 10,
    isRenewedAfterOutage: true,
    servedCallers: new Set([0, 1]),
    items: new Set(['a']),
    ...changes,
  })
  return run
}

describe('its promises', () => {
  const broken = (run: SystemRun): string[] =>
    [...checkCalls(run, 2), ...checkDisturbances(run)].filter(({ isKept }) => !isKept).map(({ name }) => name)

  it('all are kept by a run in which everything went well', () => {
    expect(broken(pastRun())).toEqual([])
  })

  it.each<[Partial<Tally>, string]>([
    [{ servedCallers: new Set([1]) }, 'all 2 callers were served'],
    [{ failedCalls: 1, firstFailure: 'x' }, 'no call failed'],
    [{ items: new Set<string>() }, 'cameras were listed'],
    [{ acquired: 2 }, 'one token was asked for when all called at once'],
    [{ tokenRequests: 100 }, 'token requests stayed few'],
    [{ renewals: 1, tokenRequests: 4 }, 'tokens were renewed in the background'],
    [{ recovered: 1 }, 'every rejected call was recovered'],
    [{ unansweredTokenRequests: 0 }, 'a renewal met the outage'],
    [{ isRenewedAfterOutage: false }, 'the token was renewed after the outage'],
    [{ callsInOutage: 0 }, 'callers were served during the outage'],
  ])('%o breaks «%s», and the run says so', (changes, name) => {
    const run = pastRun(changes)
    expect(broken(run)).toEqual([name])
    const paint = choosePaint(Object.assign(Object.create(process.stdout), { isTTY: false }), {})
    expect(formatChecks('CAM2', [...checkCalls(run, 2), ...checkDisturbances(run)], paint)).toMatch(
      new RegExp(`^✗ CAM2: 10 of 11 promises kept\n  not seen: ${name} \\(.+\\)$`),
    )
  })
})

describe('its output', () => {
  it.each([20, 40, 60, 200])('a table is never wider than %i characters, and keeps what matters most', (width) => {
    const columns = [
      { title: 'system', rank: 0, text: () => 'Camdram' },
      { title: 'a rather long title', rank: 2, text: () => '1' },
      { title: 'calls', rank: 1, alignRight: true, text: () => '123' },
    ]
    const lines = formatTable(columns, [1, 2], width)
    expect(lines).toHaveLength(3)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
    expect(lines[1]).toMatch(/^Camdram .* +123$/)
  })

  it('a summary that does not fit in one line a system becomes two tables, and leaves nothing out', () => {
    const whole = formatSummary([pastRun()], 200)
    const titles = (text: string) => text.split('\n').filter((line) => line.startsWith('system'))
    const width = (whole.split('\n')[0] as string).length
    const lines = formatSummary([pastRun()], width - 1).split('\n')
    expect(lines).toHaveLength(5)
    expect(lines.every((line) => line.length < width)).toBe(true)
    const words = titles(lines.join('\n')).join('  system  ').split(/ {2,}/)
    expect(new Set(words)).toEqual(new Set(titles(whole)[0]?.split(/ {2,}/)))
  })

  it('a summary of which two tables do not fit becomes blocks, and leaves nothing out', () => {
    const wide = formatSummary([pastRun()], 200)
    expect(wide.split('\n')).toHaveLength(2)
    const narrow = formatSummary([pastRun()], 40).split('\n')
    expect(narrow).toContain('token requests: 6')
    expect(narrow).toHaveLength(10)
  })

  it.each([
    ['a terminal', true, {}, true],
    ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['a dumb terminal', true, { TERM: 'dumb' }, false],
    ['no terminal', false, {}, false],
  ])('%s: colours %o', (_, isTTY, environment, hasColours) => {
    const paint = choosePaint(Object.assign(Object.create(process.stdout), { isTTY }), environment)
    expect(paint.good('x') !== 'x').toBe(hasColours)
  })

  /** What a terminal of that width is sent. */
  function fakeTerminal(columns: number): { output: NodeJS.WriteStream; sent: () => string } {
    let sent = ''
    const write = (text: string): boolean => {
      sent += text
      return true
    }
    return { output: Object.assign(Object.create(process.stdout), { isTTY: true, columns, rows: 24, write }), sent: () => sent }
  }

  it.each([30, 100])('on a terminal of %i columns the table is drawn over itself, and no line wraps', (columns) => {
    const { output, sent } = fakeTerminal(columns)
    const run = pastRun()
    const progress = startProgress({ runs: [run], seconds: 15, output, paint: choosePaint(output, { NO_COLOR: '1' }) })
    progress.note(run, 'token revoked, and more words than fit into a narrow terminal')
    progress.stop()
    progress.discard()
    const frames = sent().split('\u001B[0J')
    expect(frames).toHaveLength(3)
    // The second frame begins where the first one did.
    const linesOfFirst = (frames[1] as string).split('\n').length - 1
    expect(frames[1]).toContain(`\u001B[${linesOfFirst}A`)
    for (const line of (frames[2] as string).replace('\u001B[?25h', '').split('\n')) expect(line.length).toBeLessThan(columns)
    expect(frames[2]).toContain('CAM2')
    expect(sent().endsWith('\u001B[?25h')).toBe(true)
  })

  it('an error takes the place of the table', () => {
    const { output, sent } = fakeTerminal(80)
    const progress = startProgress({ runs: [pastRun()], seconds: 15, output, paint: choosePaint(output, {}) })
    progress.discard()
    expect(sent().endsWith('A\u001B[0J\u001B[?25h')).toBe(true)
  })
})
