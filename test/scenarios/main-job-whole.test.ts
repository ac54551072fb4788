import { expect, it } from 'vitest'
import { runMainJob } from '../support/run-main-job.ts'

// Alone: a hundred callers keep a small machine busy, and their tokens live for three seconds.
it('npm start, all four systems: exit status 0, a summary of each, every promise kept', async () => {
  const { status, stdout, stderr } = await runMainJob(['--seconds', '6'])
  expect(stderr).toBe('')
  for (const title of ['CAM2', 'Camdram', 'Dive', 'Musement']) {
    expect(stdout).toMatch(new RegExp(`^${title} +\\w+_?\\w+ +\\d+ [a-z ]+ +25 +\\d+ +\\d+$`, 'm'))
    expect(stdout).toMatch(new RegExp(`^${title} +\\d+ +\\d+ +\\d+ +\\d+ ms$`, 'm'))
    expect(stdout).toContain(`✓ ${title}: 11 of 11 promises kept`)
  }
  // Not a terminal: 100 columns, and no escape sequences.
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
  expect(stdout).not.toContain('\u001B')
  expect(status).toBe(0)
}, 30_000)
