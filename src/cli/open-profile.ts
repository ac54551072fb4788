import { ConfigurationError, isTokenwellError } from '../base/errors.ts'
import type { TokenManagerOptions } from '../manager/options.ts'
import { TokenManager } from '../manager/token-manager.ts'
import { defaultDirectory } from '../stores/file/directory.ts'
import { fileStore } from '../stores/file/file-store.ts'
import type { TokenRecord, TokenStore } from '../token/token-store.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { buildTokenKey } from '../vocabulary/identity.ts'
import { toCommandLine } from './command-line.ts'
import { CommandError, exitStatus, UsageError } from './failure.ts'
import { patiently } from './patiently.ts'
import type { SignInData } from './profile-data.ts'
import type { ProfileFile } from './profile-file.ts'
import { type CheckedProfile, type Preset, readProfile } from './read-profile.ts'
import { Secrets } from './secret-reference.ts'
import type { Terminal } from './terminal.ts'

// A program that ends at once renews nothing in the background: it would ask, and not stay for the answer.
const renewal = { scheduled: false, aheadMs: 0 }

export interface OpenProfileOptions {
  readonly file: ProfileFile
  readonly name: string
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

/** A profile that a verb works with: its managers keep their tokens in the file store of this user. */
export class OpenProfile {
  readonly name: string
  readonly secrets: Secrets
  readonly #options: OpenProfileOptions
  readonly #checked: CheckedProfile
  readonly #managers: TokenManager[] = []
  // Why the store has failed, if it has.
  #degraded: string | undefined

  private constructor(options: OpenProfileOptions, parts: { secrets: Secrets; checked: CheckedProfile }) {
    this.name = options.name
    this.secrets = parts.secrets
    this.#options = options
    this.#checked = parts.checked
  }

  /** @throws UsageError naming the line and the field */
  static async open(options: OpenProfileOptions): Promise<OpenProfile> {
    const { file, name, terminal, signal } = options
    const secrets = new Secrets({ terminal, signal, file: file.path })
    return new OpenProfile(options, { secrets, checked: await readProfile(file, name, secrets) })
  }

  /** The provider and the grant; with a grant of a sign-in, that one in its place. */
  build(grant?: Grant): Preset {
    return this.#checked.build(grant)
  }

  get file(): string {
    return this.#options.file.path
  }

  /** A command line to type, for this profile of this file. */
  commandLine(verb: string): string {
    return toCommandLine({ verb, profile: this.name, config: this.#options.file.given })
  }

  get signIn(): SignInData {
    return this.#checked.signIn ?? {}
  }

  get allowInsecureRequests(): boolean {
    return this.#checked.allowInsecureRequests === true
  }

  /** Where tokens are kept. @throws UsageError where this user has no place for them */
  get directory(): string {
    try {
      return defaultDirectory(process.platform, this.#options.terminal.env)
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      throw new UsageError('This user has no home directory: name one for the tokens by XDG_STATE_HOME.')
    }
  }

  /** Makes a manager. That its token cannot be kept is said at the end, and ends nothing. */
  createManager(options: Partial<TokenManagerOptions> = {}): TokenManager {
    const { origins, subject, allowInsecureRequests } = this.#checked
    const { file, name } = this.#options
    const store = this.#createStore()
    const own = { ...this.build(), ...(origins && { origins }), ...(subject && { subject }), ...(allowInsecureRequests && { allowInsecureRequests }) } // biome-ignore format: one line
    const tokens = file.within(`profiles.${name}`, () => new TokenManager({ ...own, store, renewal, ...options }))
    this.#managers.push(tokens)
    tokens.on('degraded', ({ reason = 'the file store does not work.' }) => {
      this.#degraded = reason
    })
    return tokens
  }

  /** What the store holds for this profile. */
  async readStored(): Promise<TokenRecord | undefined> {
    const { provider, grant } = this.build()
    const key = await this.patiently(() => buildTokenKey(provider, grant, this.#checked.subject))
    if (this.secrets.failure) throw this.secrets.failure
    return key === undefined ? undefined : this.#createStore().get(key)
  }

  /** Runs a task that needs a token: see {@link patiently}. */
  patiently<T>(task: () => Promise<T>): Promise<T> {
    return patiently(task, { signal: this.#options.signal, secrets: this.secrets })
  }

  /** Waits for renewals under way: a rotated refresh token is not lost. */
  async close(): Promise<void> {
    await Promise.all(this.#managers.map((tokens) => tokens[Symbol.asyncDispose]()))
    if (this.#degraded === undefined || (await this.#isKept())) return
    const { terminal } = this.#options
    await terminal.note(`tokenwell: ${terminal.paintNote('yellow', 'The token could not be kept')}: ${this.#degraded}`)
  }

  /** A disk that was slow for a moment has lost nothing. */
  async #isKept(): Promise<boolean> {
    const { token } = (await this.readStored().catch(() => undefined)) ?? {}
    return token !== undefined && (token.expiresAt ?? Infinity) > Date.now()
  }

  #createStore(): TokenStore {
    return fileStore({ directory: this.directory })
  }
}

/** Opens a profile for a task. It ends when no renewal is under way any more: an interrupted one loses no refresh token. */
export async function withProfile<T>(options: OpenProfileOptions, task: (profile: OpenProfile) => Promise<T>): Promise<T> {
  const profile = await OpenProfile.open(options)
  try {
    return await task(profile)
  } catch (error) {
    // A secret that could not be fetched is the reason, whatever was made of it.
    throw profile.secrets.failure ?? withAdvice(error, profile)
  } finally {
    await profile.close()
  }
}

/** Says in the command's own words what the library says in those of its functions. */
function withAdvice(error: unknown, profile: OpenProfile): unknown {
  if (!isTokenwellError(error)) return error
  const { code, message, retryAt } = error
  if (code === 'sign_in_required' && profile.build().grant.grantType === 'authorization_code') {
    return new CommandError(`A person has to sign in: ${profile.commandLine('login')}`, exitStatus.signInRequired)
  }
  // Remembered, here or by another process.
  if (code !== 'refused' || retryAt === undefined || !message.includes('clear()')) return error
  const word = error.error ? ` (${error.error})` : ''
  const correct = `After a correction, ${profile.commandLine('logout')} has it asked at once.`
  return new CommandError(
    `The server refused the credentials${word}, and is not asked again before ${new Date(retryAt).toISOString()}. ${correct}`,
  )
}
