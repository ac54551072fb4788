// `npm run bench`: sets up what the benchmarks need, and runs them. Plain JavaScript without dependencies: in a fresh clone
// nothing is installed yet, and the machine's own Node may be too old for the rest.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(here)

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}

/** Whether the installed packages are those of the lockfile, as far as the clock tells. */
function isInstalled(directory) {
  const installed = `${directory}/node_modules/.package-lock.json`
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${directory}/package-lock.json`).mtimeMs
}

if (!existsSync(`${root}/node_modules`)) run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], root)
// The peers need no install scripts: esbuild's only saves it the look for its binary.
if (!isInstalled(here)) run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], here)

const args = process.argv.slice(2)
if (!args.includes('--no-build')) run('npm', ['run', '--silent', 'build'], root)
// npx finds the project's own Node.
run('npx', ['node', `${here}/main.ts`, ...args], root)
