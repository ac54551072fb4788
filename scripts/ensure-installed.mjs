// Makes `npm start` and `npm test` work in a fresh clone: installs what is missing, says nothing when all is there.
// Runs on Node 20, before the workspace's own Node is there: plain JavaScript, no dependency. It has to be a `pre…` script:
// in one command line with what follows, a shell would remember where it found the old `node`.
//
//   node scripts/ensure-installed.mjs [folder …]     folders that have a lockfile; default: the root
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folders = process.argv.length > 2 ? process.argv.slice(2) : ['.']

for (const folder of folders) {
  const path = resolve(root, folder)
  if (isInstalled(path)) continue
  console.error(`Installing the dependencies${path === root ? '' : ` of ${folder}`} (once, about half a minute) …`)
  const { status, output } = install(path)
  if (status !== 0) {
    console.error(output)
    console.error(`npm ci failed in ${path} (exit code ${status}). Nothing was run.`)
    process.exit(status)
  }
  if (!isInstalled(path)) {
    console.error(output)
    console.error(`npm ci succeeded in ${path}, but what it installed is not what package-lock.json says. Nothing was run.`)
    process.exit(1)
  }
}

/** Whether each package of the lockfile is there in its version. Contents, not dates: git touches dates at will. */
function isInstalled(path) {
  const wanted = readLock(join(path, 'package-lock.json'))
  const present = readLock(join(path, 'node_modules', '.package-lock.json'))
  if (!wanted) throw new Error(`${path} has no package-lock.json`)
  if (!present) return false
  for (const [name, { version, link, optional, devOptional, peer }] of Object.entries(wanted)) {
    // Optional ones are there only on their platform. Folders of workspaces stand in the lockfile, not in node_modules.
    if (!name.includes('node_modules/') || link || optional || devOptional || peer) continue
    if (present[name]?.version !== version) return false
  }
  return path !== root || hasOwnNode(path)
}

/** Node is an optional dependency (one package a platform), so that its absence has to be looked for. */
function hasOwnNode(path) {
  const bin = join(path, 'node_modules', '.bin')
  return existsSync(join(bin, 'node')) || existsSync(join(bin, 'node.cmd')) || major(process.version) >= 22
}

function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined
}

function major(version) {
  return Number(version.slice(1).split('.')[0])
}

function install(path) {
  // The npm that runs this script, else the one on PATH.
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const options = { cwd: path, encoding: 'utf8', env: cleanEnvironment(), maxBuffer: 64 * 1024 * 1024 }
  const result = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
  if (result.error) return { status: 1, output: String(result.error) }
  return { status: result.status ?? 1, output: `${result.stdout}${result.stderr}`.trim() }
}

/** Without what the outer npm run has set: its prefix and workspace would make this install another folder. */
function cleanEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config_(local_prefix|prefix|workspaces?)|package_|lifecycle_)/i.test(name)),
  )
}
