import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')

/** A project of somebody who uses the package. */
export interface Project {
  readonly folder: string
  write(name: string, text: string): void
  /** Runs a program in it, and gives what that wrote. @throws with all its output where it fails */
  run(command: string, ...args: string[]): Promise<string>
}

let tarball: string | undefined
const folder = mkdtempSync(join(tmpdir(), 'tokenwell-installs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let made = 0

/** Packs the package once, as `npm publish` would. */
function pack(): string {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
  const [{ filename }] = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' }))
  return join(folder, filename)
}

/** Installs the tarball beside these packages. A conflict of peers is an error, as it is by default. */
export async function install(packages: readonly string[], { manager = 'npm', manifest = {} } = {}): Promise<Project> {
  tarball ??= pack()
  const project = createProject(join(folder, String(made++)))
  project.write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module', ...manifest }))
  if (manager === 'npm') await project.run('npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages, tarball)
  else await project.run('npx', '--yes', manager, 'add', '--ignore-scripts', ...packages, tarball)
  return project
}

function createProject(place: string): Project {
  mkdirSync(place, { recursive: true })
  return {
    folder: place,
    write(name, text) {
      mkdirSync(dirname(join(place, name)), { recursive: true })
      writeFileSync(join(place, name), text)
    },
    async run(command, ...args) {
      const env = { ...process.env, NODE_OPTIONS: '', NODE_PATH: '' }
      try {
        return (await promisify(execFile)(command, args, { cwd: place, env, encoding: 'utf8' })).stdout
      } catch (error) {
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
        throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
      }
    },
  }
}
