import { type FileHandle, open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { describeUnknown } from '../base/check.ts'
import { ConfigurationError } from '../base/errors.ts'
import { exampleProfiles } from './example-profiles.ts'
import { codeOf, UsageError } from './failure.ts'
import { type JsonSource, JsonSourceError, parseJsonSource } from './json-source.ts'
import type { ProfilesFile } from './profile-data.ts'

const largestFile = 1_048_576
const writableByOthers = 0o022

/** A file of profiles that has been read. A profile is checked when it is opened. */
export class ProfileFile {
  readonly path: string
  /** The path as the option `--config` gave it. */
  readonly given: string | undefined
  readonly #source: JsonSource

  constructor({ path, given }: { path: string; given: string | undefined }, source: JsonSource) {
    this.path = path
    this.given = given
    this.#source = source
    this.#checkShape()
  }

  get names(): string[] {
    return Object.keys(this.#profiles)
  }

  /** @throws UsageError naming the profile that was probably meant */
  find(name: string): unknown {
    if (Object.hasOwn(this.#profiles, name)) return this.#profiles[name]
    const { names } = this
    // What is no name may be a secret that was pasted into the wrong place.
    const shown = isName(name) ? `${name} ` : 'of that name '
    const state = names.length === 0 ? 'is unknown; there are none' : describeUnknown(name, names)
    throw new UsageError(`${this.path}: a profile ${shown}${state}`)
  }

  /** An error that names the line and the field. */
  error(path: string, message: string): UsageError {
    return new UsageError(`${this.path}:${this.#source.lineOf(path)}: ${path} ${message}`)
  }

  /** Runs a check whose options stand below a path. Its error says the line. */
  within<T>(path: string, task: () => T): T {
    try {
      return task()
    } catch (error) {
      throw this.explain(path, error)
    }
  }

  /** @param path where the options stand that the error may name */
  explain(path: string, error: unknown): unknown {
    if (!(error instanceof ConfigurationError)) return error
    const { option = '', message } = error
    return this.error(this.#find(path, option), message.slice(option.length + 2))
  }

  /** The field that an option stands in: a manager calls those of presets, grants and providers by their own names. */
  #find(path: string, option: string): string {
    // An object of options as a whole.
    if (option === 'profile' || (/^(options|provider)$/.test(option) && /\.(options|provider|grant)$/.test(path))) return path
    const bare = option.replace(/^provider\./, '')
    const places = [`${path}.${option}`, ...['options', 'provider', 'grant'].map((section) => `${path}.${section}.${bare}`)]
    return places.find((place) => this.#source.has(place)) ?? `${path}.${bare}`
  }

  get #profiles(): ProfilesFile['profiles'] {
    return (this.#source.value as ProfilesFile).profiles
  }

  #checkShape(): void {
    const { value } = this.#source
    const wrong = (path: string, message: string) =>
      new UsageError(`${this.path}:${this.#source.lineOf(path)}: ${path ? `${path} ` : ''}${message}`)
    if (!isObject(value)) throw wrong('', 'must be an object with profiles')
    const known = ['$schema', 'profiles']
    for (const name of Object.keys(value)) if (!known.includes(name)) throw wrong(name, describeUnknown(name, known))
    const { profiles } = value
    if (!isObject(profiles)) throw wrong('profiles', 'must be an object: the name of each profile, and what it is')
    for (const name of Object.keys(profiles))
      if (!isName(name)) throw wrong('profiles', 'has a name with other characters than letters, digits, ".", "_" and "-"')
  }
}

/**
 * Reads the file of profiles: the one that was named, else the user's. Never one of the current folder: a cloned repository must
 * not run commands, nor send secrets.
 * @throws UsageError naming the file, the line and the field
 */
export async function readProfileFile(env: NodeJS.ProcessEnv, named?: string): Promise<ProfileFile> {
  const path = named === undefined ? defaultPath(env) : resolve(named)
  try {
    return new ProfileFile({ path, given: named }, parseJsonSource(await readChecked(path, named === undefined)))
  } catch (error) {
    if (!(error instanceof JsonSourceError)) throw error
    throw new UsageError(`${path}:${error.line}: ${error.path ? `${error.path}: ` : ''}${error.message}`)
  }
}

/** @throws UsageError where this user has no place for it */
export function defaultPath(env: NodeJS.ProcessEnv, platform = process.platform): string {
  // XDG Base Directory Specification: "All paths set in these environment variables must be absolute", others are ignored: a
  // relative one would lead into the current folder.
  const [base] = [platform === 'win32' ? env['APPDATA'] : env['XDG_CONFIG_HOME']].filter((path) => path && isAbsolute(path))
  return join(base ?? join(findHome(env), platform === 'win32' ? 'AppData/Roaming' : '.config'), 'tokenwell', 'profiles.json')
}

function findHome(env: NodeJS.ProcessEnv): string {
  let home: string | undefined
  try {
    home = env['HOME'] ?? homedir()
  } catch {
    // Said below.
  }
  if (home && isAbsolute(home)) return home
  throw new UsageError('This user has no home directory: name the file of profiles by --config FILE, or its folder by XDG_CONFIG_HOME.')
}

async function readChecked(path: string, isDefault: boolean): Promise<string> {
  let file: FileHandle | undefined
  try {
    file = await open(path)
    await checkFile(file, path)
    return await file.readFile('utf8')
  } catch (error) {
    if (error instanceof UsageError) throw error
    const code = codeOf(error)
    if (code === 'ENOENT' && isDefault)
      throw new UsageError(
        `${path} is not there: write your profiles into it, or name another file by --config FILE. For example (docs/cli.md has more):\n\n${exampleProfiles}`,
      )
    throw new UsageError(`${path} cannot be read (${code}).`)
  } finally {
    await file?.close()
  }
}

/** It names commands that are run: whoever can write it can run them as this user. */
async function checkFile(file: FileHandle, path: string): Promise<void> {
  const { uid, mode, size } = await file.stat()
  if (size > largestFile) throw new UsageError(`${path} is larger than 1 MiB.`)
  const own = process.geteuid?.()
  if (own === undefined) return
  if (uid !== own && uid !== 0) throw new UsageError(`${path} belongs to another user (${uid}), who could have commands run by it.`)
  if ((mode & writableByOthers) !== 0)
    throw new UsageError(`${path} can be written by other users, who could have commands run by it: chmod go-w it.`)
}

const isName = (name: string): boolean => /^(?!eyJ)[\w][\w.-]{0,63}$/.test(name)

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
