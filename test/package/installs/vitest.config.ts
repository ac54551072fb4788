// `npm run test:package`: the packed tarball in projects of their own, which package managers install from the registry.
// Not a part of `npm test`, which installs nothing beyond the lockfile.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.installs.ts'],
    globalSetup: ['../build-package.ts'],
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
