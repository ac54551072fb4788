import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'

/** Builds `dist/` where something that it is made of has changed since. */
export default function buildPackage() {
  execFileSync(process.execPath, [resolve(import.meta.dirname, '../../scripts/ensure-built.mjs')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
