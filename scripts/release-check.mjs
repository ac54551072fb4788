// Says what is still missing before this version can be published, and exits with 1 where something is. It asks nobody and
// changes nothing: `npm run release:check`, also before each publication in .github/workflows/release.yml.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'))
const read = (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '')
const manifest = JSON.parse(read('package.json'))
const { name, version, repository, homepage, bugs } = manifest
const { GITHUB_REPOSITORY: builtFrom, GITHUB_REF_TYPE: refType, GITHUB_REF_NAME: refName } = process.env

const repositoryUrl = addressOf(repository)
const missing = []
const expect = (isRight, words) => isRight || missing.push(words)

expect(isHttps(repositoryUrl), 'package.json: `repository` has to be the https address of the public repository')
expect(isHttps(homepage), 'package.json: `homepage` has to be an https address, such as that of the README')
expect(isHttps(addressOf(bugs)), 'package.json: `bugs` has to be the https address where issues are opened')
expect(manifest.private !== true, 'package.json: `private` keeps npm from publishing it')
expect(manifest.license && read('LICENSE'), 'the licence: `license` in package.json, and the file LICENSE')
expect(/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version), 'package.json: `version` is none that npm takes')
expect(hasDate(read('CHANGELOG.md'), version), `CHANGELOG.md: the heading of ${version} has no date: ## [${version}] - YYYY-MM-DD`)
expect(!read('README.md').includes('is not on npm yet'), 'README.md: it still says that this version is not on npm yet')
expect(read('package-lock.json').includes(`"version": "${version}"`), `package-lock.json: it is not of version ${version}; run npm install`)
// Provenance says from which repository and commit a package was built: npm refuses what does not agree.
if (builtFrom) {
  const isSame = pathOf(repositoryUrl) === builtFrom
  expect(isSame, `package.json: \`repository\` is not the repository that this is built from, ${builtFrom}`)
}
if (refType === 'tag') expect(refName === `v${version}`, `the tag: ${refName} is not v${version}`)

for (const words of missing) console.error(`✗ ${words}`)
if (missing.length > 0) {
  console.error(`${name} ${version} cannot be published: ${missing.length} missing.`)
  process.exitCode = 1
} else console.log(`${name} ${version} can be published.`)

function addressOf(field) {
  return typeof field === 'object' && field !== null ? field.url : field
}

function isHttps(address) {
  const text = typeof address === 'string' ? address.replace(/^git\+/, '') : ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  // Hosts that nobody can own (RFC 2606) stand for an address that somebody meant to fill in.
  return (
    url?.protocol === 'https:' &&
    url.hostname.includes('.') &&
    !/(^|\.)(example(\.com|\.net|\.org)?|invalid|test|localhost)$/.test(url.hostname)
  )
}

function pathOf(address) {
  return isHttps(address) ? new URL(address.replace(/^git\+/, '')).pathname.replace(/^\/|\.git$/g, '') : undefined
}

function hasDate(changelog, wanted) {
  const heading = changelog.split('\n').find((line) => line.startsWith(`## [${wanted}]`)) ?? ''
  return /\d{4}-\d\d-\d\d/.test(heading)
}
