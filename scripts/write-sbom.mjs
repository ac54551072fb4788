// Writes what the package consists of at run time, as CycloneDX: sbom.cdx.json. The same for the same lockfile: without the
// random number and the time that npm puts in, and with the package's name in place of the folder's.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const { name, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const options = ['--sbom-format=cyclonedx', '--omit=dev', '--omit=peer', '--omit=optional', '--workspaces=false', '--package-lock-only']
const { stdout, stderr, status } = spawnSync('npm', ['sbom', ...options], {
  cwd: root,
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
if (status !== 0) {
  console.error(stderr)
  process.exit(status ?? 1)
}

const bom = JSON.parse(stdout)
delete bom.serialNumber
delete bom.metadata.timestamp
bom.metadata.component.name = name
const names = bom.components.map((component) => component.name)
const lacking = Object.keys(dependencies).filter((dependency) => !names.includes(dependency))
if (lacking.length > 0) {
  console.error(`npm sbom left out ${lacking.join(', ')}.`)
  process.exit(1)
}
writeFileSync(join(root, 'sbom.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`)
console.log(`sbom.cdx.json: ${name}, ${names.join(', ')}`)
