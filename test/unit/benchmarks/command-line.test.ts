import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const script = resolve(import.meta.dirname, '../../../benchmarks/run.mjs')

/** Where no other program can be found: whatever would install, build or measure fails with status 1. */
function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', env: { PATH: '' } })
  return { status, stdout, stderr }
}

describe('the command line of the benchmarks', () => {
  it('is right → goes on to install and build', () => {
    expect(run('--quick', '--subjects', 'ky', 's1a')).toEqual({ status: 1, stdout: '', stderr: '' })
  })

  it.each([['--help'], ['-h'], ['--help', '--quick', 'S1']])(
    'asks for help (%s) → the usage, and nothing is installed or built',
    (...args) => {
      const { status, stdout, stderr } = run(...args)
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(stdout).toMatch(/^Usage: npm run bench/)
      expect(stdout).toContain('--against FOLDER')
    },
  )

  it.each([
    ['--quik', 'There is no option --quik. Did you mean --quick?'],
    ['--agianst=/tmp', 'There is no option --agianst. Did you mean --against?'],
    ['--no-biuld', 'There is no option --no-biuld. Did you mean --no-build?'],
    ['--subjects=badgatway', 'There is no subject badgatway. Did you mean badgateway?'],
    ['S99', 'There is no scenario S99. Did you mean S9?'],
  ])('has a slip in it (%s) → refused with what was probably meant', (arg, message) => {
    const { status, stderr } = run(arg)
    expect(status).toBe(2)
    expect(stderr).toContain(message)
  })

  it('has an option that resembles none → refused with the list of all', () => {
    const { status, stderr } = run('--frobnicate')
    expect(status).toBe(2)
    expect(stderr).toContain('There is no option --frobnicate. There are: --quick, --subjects, --against, --no-build, --out, --help.')
  })

  it.each([
    [['--against'], '--against needs a value.'],
    [['--against', '--quick'], '--against needs a value.'],
    [['--out='], '--out needs a value.'],
    [['--quick=yes'], '--quick takes no value.'],
    [['--against', import.meta.dirname], '--against: there is no dist/index.js in'],
  ])('has a value missing, or one that is no use (%j) → refused with the reason', (args, message) => {
    const { status, stderr } = run(...args)
    expect(status).toBe(2)
    expect(stderr).toContain(message)
  })
})
