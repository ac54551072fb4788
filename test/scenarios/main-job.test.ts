import { describe, expect, it } from 'vitest'
import { startEmulator } from '../../src/testing/emulation/start-emulator.ts'
import { runMainJob } from '../support/run-main-job.ts'

describe.concurrent('npm start, wrong: one clear line, and no stack', () => {
  it('credentials that the API refuses', async () => {
    const emulator = await startEmulator({ flavour: 'real' })
    const outcomes = await Promise.all([
      runMainJob(['cam2', '--base-url', emulator.baseUrls.cam2], { CAM2_CLIENT_ID: 'wrong', CAM2_CLIENT_SECRET: 'a-wrong-secret' }),
      runMainJob(['camdram', '--base-url', emulator.baseUrls.camdram], {
        CAMDRAM_CLIENT_ID: 'wrong',
        CAMDRAM_CLIENT_SECRET: 'a-wrong-secret',
      }),
      runMainJob(['dive', '--base-url', emulator.baseUrls.dive], { DIVE_CLIENT_KEY: 'a-wrong-secret', DIVE_DEVICE_ID: '1' }),
      runMainJob(['musement', '--base-url', emulator.baseUrls.musement], {
        MUSEMENT_CLIENT_ID: 'wrong',
        MUSEMENT_CLIENT_SECRET: 'a-wrong-secret',
        MUSEMENT_APPLICATION: 'tests',
      }),
    ])
    await emulator.close()
    for (const { status, stdout, stderr } of outcomes) {
      expect(stderr).toMatch(/^main job: (CAM2|Camdram|Dive|Musement): .*invalid_client.*\n$/)
      expect(stdout + stderr).not.toContain('a-wrong-secret')
      expect(status).toBe(1)
    }
  }, 30_000)

  it.each<[string, string[], Record<string, string>, number, RegExp]>([
    ['an unknown system', ['foo'], {}, 2, /unknown system 'foo'.*cam2, camdram, dive, musement/],
    ['two systems', ['cam2', 'dive'], {}, 2, /one system/],
    ['an unknown option', ['--nope'], {}, 2, /--nope/],
    ['too short a run', ['--seconds', '1'], {}, 2, /--seconds/],
    ['no number', ['--callers', 'many'], {}, 2, /--callers/],
    ['an unknown flavour', ['--flavour', 'sweet'], {}, 2, /--flavour/],
    ['a base URL without a system', ['--base-url', 'http://127.0.0.1:1'], {}, 2, /--base-url/],
    [
      'a missing credential',
      ['musement', '--base-url', 'http://127.0.0.1:1'],
      { MUSEMENT_CLIENT_ID: 'x' },
      1,
      /MUSEMENT_CLIENT_SECRET is not set/,
    ],
    [
      'no user and no device',
      ['dive', '--base-url', 'http://127.0.0.1:1'],
      { DIVE_CLIENT_KEY: 'x' },
      1,
      /DIVE_DEVICE_ID or DIVE_USERNAME is not set/,
    ],
    [
      'a base URL that is none',
      ['cam2', '--base-url', 'nonsense'],
      { CAM2_CLIENT_ID: 'x', CAM2_CLIENT_SECRET: 'y' },
      1,
      /baseUrl: must be an absolute URL/,
    ],
    ['nobody there', ['cam2', '--base-url', 'http://127.0.0.1:1'], { CAM2_CLIENT_ID: 'x', CAM2_CLIENT_SECRET: 'y' }, 1, /CAM2: .*network/],
  ])(
    '%s',
    async (_, args, environment, status, message) => {
      const outcome = await runMainJob(args, environment)
      expect(outcome.stderr).toMatch(message)
      expect(outcome.stderr.trim().split('\n')).toHaveLength(1)
      expect(outcome.stderr).not.toMatch(/\n\s+at /)
      expect(outcome.status).toBe(status)
    },
    30_000,
  )

  it('--help is no error, and names the options and the variables', async () => {
    const { status, stdout, stderr } = await runMainJob(['--help'])
    expect([status, stderr]).toEqual([0, ''])
    for (const word of ['--base-url', '--seconds', '--callers', '--flavour', 'CAM2_CLIENT_ID', 'DIVE_PASSWORD'])
      expect(stdout).toContain(word)
  })
})

// Light ones: they hardly disturb each other. The whole of it is in main-job-whole.test.ts.
describe.concurrent('npm start', () => {
  it('one system, as documented', async ({ expect }) => {
    const { status, stdout } = await runMainJob(['musement', '--seconds', '6', '--callers', '5', '--flavour', 'documented'])
    expect(stdout).toContain('✓ Musement: 11 of 11')
    expect(stdout).not.toContain('CAM2')
    expect(status).toBe(0)
  }, 30_000)

  it('against an API elsewhere, with credentials from the environment', async ({ expect }) => {
    const emulator = await startEmulator({ systems: ['cam2'], flavour: 'real' })
    const { clientId, clientSecret } = emulator.credentials.cam2
    const { status, stdout } = await runMainJob(['cam2', '--base-url', emulator.baseUrls.cam2, '--seconds', '6'], {
      CAM2_CLIENT_ID: clientId,
      CAM2_CLIENT_SECRET: clientSecret,
    })
    await emulator.close()
    expect(stdout).toContain('✓ CAM2: 5 of 5 promises kept')
    expect(stdout).not.toContain(clientSecret)
    expect(emulator.counters.cam2).toMatchObject({ byGrant: { client_credentials: 2 }, refusedTokenRequests: 1, rejectedCalls: 0 })
    expect(status).toBe(0)
  }, 30_000)

  it('Ctrl-C ends it early, with what was seen', async ({ expect }) => {
    const { status, stdout, stderr } = await runMainJob(['camdram', '--seconds', '600'], {}, /calls \d+/)
    expect([status, stderr]).toEqual([130, 'main job: interrupted\n'])
    expect(stdout).toMatch(/^Camdram +client_credentials +24 shows +25 /m)
  }, 30_000)
})
