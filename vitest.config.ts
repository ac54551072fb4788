import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { msw } from 'msw/vite'
import { defineConfig } from 'vitest/config'
import { browserPaths, engines } from './test/support/browsers/engines.ts'
import { limitedForks } from './tools/limited-forks.ts'
import { RunLog } from './tools/run-log.ts'
import { webkitgtk } from './tools/webkitgtk-provider.ts'

// Without these, Chromium tries to call home all the time, which a closed network answers with noise.
const quietChromium = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const providers = {
  chromium: () =>
    playwright({ launchOptions: { executablePath: browserPaths.chromium, args: ['--no-sandbox', '--disable-gpu', ...quietChromium] } }),
  // Firefox as Debian ships it, over WebDriver BiDi: Playwright's own, patched Firefox is a download.
  firefox: () => playwright({ launchOptions: { channel: 'moz-firefox', executablePath: browserPaths.firefox } }),
  webkit: () => webkitgtk({ driver: browserPaths.webkit }),
}

/** What all projects that run in Node have in common: each file in a process of its own, which a warning ends, and a limit. */
const inNode = (fileLimitMs: number) => ({
  pool: limitedForks(fileLimitMs),
  // For the processes of the tests, and for all that these start.
  env: {
    NODE_OPTIONS: `--import=${new URL('test/support/fail-on-warnings.mjs', import.meta.url).href}`,
    NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/tokenwell-compiled', import.meta.url)),
  },
})

const scenario = (name: string): string => `test/scenarios/${name}.test.ts`
// These drive real browsers: once for each engine, the engines side by side.
const inPages = ['example-app', 'sign-in', 'tabs'].map(scenario)
// These hold real time against a limit: one after another, and with nothing else beside them.
const timed = ['killed-managers', 'main-job-whole', 'redis-store-faults', 'redis-store-lease'].map(scenario)
// This one runs an example, which imports the package as it is built.
const withBuild = ['example-app-server'].map(scenario)

// These start servers that `npm test` does not install.
const realApis = 'test/apis/real/*.test.ts'

/** The examples import the package by its name. Here that is the source, built or not. */
const sources = { find: /^tokenwell$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) }

/** Where real processes, servers and pages work, nothing fails for being slow but what says so. */
const patient = { testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 15_000 } } }
// More workers than cores: most of what they do is to wait, for processes, for pages, for tokens to expire.
const [unitGroup, scenarioGroup, timedGroup, browserGroup] = [0, 1, 2, 3]
const sideBySide = { ...patient, maxWorkers: 4, sequence: { groupOrder: scenarioGroup } }

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', new RunLog({ path: process.env['RUN_LOG'], browserLimitMs: 120_000 })],
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      reporter: ['text', 'html', 'json-summary'],
    },
    projects: [
      {
        resolve: { alias: [sources] },
        test: {
          name: 'node',
          ...inNode(120_000),
          include: ['test/{unit,contract,rfc,apis}/**/*.test.ts'],
          exclude: ['**/*.browser.test.ts', realApis],
          sequence: { groupOrder: unitGroup },
        },
      },
      {
        test: {
          name: 'scenarios',
          ...inNode(300_000),
          ...sideBySide,
          include: ['test/scenarios/**/*.test.ts'],
          exclude: [...inPages, ...timed, ...withBuild],
        },
      },
      ...engines.map((engine) => ({
        test: {
          name: `pages-${engine}`,
          ...inNode(300_000),
          ...sideBySide,
          include: inPages,
          globalSetup: ['test/package/build-package.ts', 'test/support/browsers/serve-browser.ts'],
          provide: { engine },
        },
      })),
      {
        test: {
          name: 'timed',
          ...inNode(300_000),
          ...patient,
          include: timed,
          fileParallelism: false,
          sequence: { groupOrder: timedGroup },
        },
      },
      {
        test: {
          name: 'package',
          ...inNode(300_000),
          ...sideBySide,
          include: ['test/package/**/*.test.ts', ...withBuild],
          globalSetup: ['test/package/build-package.ts', 'test/package/install-package.ts'],
        },
      },
      {
        test: {
          name: 'runtimes',
          ...inNode(300_000),
          ...sideBySide,
          include: ['test/runtimes/**/*.test.ts'],
          globalSetup: ['test/package/build-package.ts'],
        },
      },
      // Minutes of real processes and servers: `npm run test:soak`, and not a part of `npm test`.
      ...(process.env['SOAK']
        ? [
            {
              test: {
                name: 'soak',
                ...inNode(7_200_000),
                ...patient,
                include: ['test/soak/**/*.test.ts'],
                fileParallelism: false,
                testTimeout: 1_800_000,
              },
            },
          ]
        : []),
      // Servers' own software, a gigabyte of it: `npm run test:apis:real`, and not a part of `npm test`.
      ...(process.env['APIS_REAL']
        ? [
            {
              resolve: { alias: [sources] },
              test: { name: 'apis-real', ...inNode(900_000), ...patient, include: [realApis], fileParallelism: false },
            },
          ]
        : []),
      // Authorization servers of a workspace of their own: `npm run test:oauth-servers`, and not a part of `npm test`.
      ...(process.env['OAUTH_SERVERS']
        ? [{ test: { name: 'oauth-servers', ...inNode(300_000), ...patient, include: ['test/oauth-servers/**/*.test.ts'] } }]
        : []),
      // Frameworks of a workspace of their own: `npm run test:frameworks`, and not a part of `npm test`.
      ...(process.env['FRAMEWORKS']
        ? [
            {
              test: {
                name: 'frameworks',
                ...inNode(900_000),
                ...patient,
                include: ['test/frameworks/**/*.test.ts'],
                globalSetup: ['test/package/build-package.ts'],
                testTimeout: 120_000,
              },
            },
          ]
        : []),
      // A project for each browser: Vitest wants one provider a project.
      ...engines.map((browser) => ({
        plugins: [msw({ mode: 'worker-only' })], // serves the service worker: nothing to copy into a public folder
        optimizeDeps: { include: ['ky', 'p-retry', 'jwt-decode', 'msw', 'msw/browser'] }, // found late, they would reload the page
        cacheDir: `node_modules/.vite-${browser}`,
        test: {
          name: browser,
          include: ['test/**/*.browser.test.ts'],
          globalSetup: ['test/runtimes/serve-smoke.ts'],
          sequence: { groupOrder: browserGroup },
          browser: {
            enabled: true,
            headless: browser !== 'webkit',
            ui: false,
            screenshotFailures: false,
            provider: providers[browser](),
            instances: [{ browser, name: browser }],
          },
        },
      })),
    ],
  },
})
