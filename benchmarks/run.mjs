// `npm run bench`: reads the command line, installs and builds what the benchmarks need, and runs them. Plain JavaScript
// without dependencies: in a fresh clone nothing is installed yet, and the machine's own Node may be too old for the rest.
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArguments, UsageError, usage } from './arguments.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** @param {readonly string[]} args the command line */
function main(args) {
  const parsed = readArguments(args)
  if (parsed.isHelp) return console.log(usage)
  run('node', ['scripts/ensure-installed.mjs', '.', 'benchmarks'])
  if (parsed.isBuildWanted) run('npm', ['run', '--silent', 'build'])
  // npx finds the project's own Node.
  run('npx', ['node', 'benchmarks/main.ts', ...args])
}

/** @param {readonly string[]} args */
function readArguments(args) {
  try {
    return parseArguments(args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\nAll options: npm run bench -- --help`)
    return process.exit(2)
  }
}

/** @type {(command: string, args: readonly string[]) => void} */
function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}

main(process.argv.slice(2))
