import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { siteFolder } from './serve-site.ts'

const root = resolve(import.meta.dirname, '../../..')

/** Builds the site once for all tests. `DOCS=built` takes what is there. */
export default function buildSite(): void {
  if (process.env['DOCS'] === 'built' && existsSync(join(siteFolder, 'index.html'))) return
  const { status, stdout, stderr } = spawnSync(process.execPath, ['site/build/main.ts'], { cwd: root, encoding: 'utf8', timeout: 600_000 })
  if (status !== 0) throw new Error(`The site could not be built.\n${stdout}\n${stderr}`)
}
