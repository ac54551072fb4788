import { describe, expect, it } from 'vitest'
import { parseOptions, UsageError } from '../../../../examples/browser/server/options.ts'

describe('the options of the example', () => {
  it('nothing is said → tokens of half a minute on port 4100', () => {
    expect(parseOptions([], {})).toEqual({ port: 4100, lifetimeMs: 30_000, pollMs: 2_000, outageMs: 15_000 })
  })

  it('the command line wins over the environment', () => {
    expect(parseOptions(['--port', '0', '--lifetime', '4'], { PORT: '80', LIFETIME: '9', POLL: '0.5' })).toMatchObject({
      port: 0,
      lifetimeMs: 4_000,
      pollMs: 500,
    })
  })

  it.each([
    [['--port', '-1']],
    [['--port', '1.5']],
    [['--port', '70000']],
    [['--lifetime', '']],
    [['--lifetime', 'long']],
    [['--poll', '0']],
    [['--unknown']],
    [['stray']],
  ])('%j → a usage error', (argv) => {
    expect(() => parseOptions(argv, {})).toThrow(UsageError)
  })
})
