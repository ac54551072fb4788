import type { OpenProfile } from './open-profile.ts'
import type { ProfileFile } from './profile-file.ts'
import type { Terminal } from './terminal.ts'

/** An option of a verb. */
export interface VerbOption {
  readonly short?: string
  /** What its value is called; without it, it has none. */
  readonly value?: string
  /** Whether it may be given more than once. */
  readonly isRepeated?: boolean
  /** What it does, for `--help`. */
  readonly text: string
}

/** What was given on the command line: by name, a list for an option that may be repeated. */
export type GivenOptions = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** One call of the command. */
export interface Call {
  readonly terminal: Terminal
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal
  /** What stands after the verb and the profile. */
  readonly operands: readonly string[]
  readonly options: GivenOptions
}

export interface ProfileCall extends Call {
  readonly profile: OpenProfile
}

interface VerbText {
  /** One line for the list of verbs. */
  readonly summary: string
  /** What `--help` says below it. */
  readonly text: string
  /** What follows the profile: `URL`, or `[URL]` where it may be left out. */
  readonly operands?: readonly string[]
  readonly options: Readonly<Record<string, VerbOption>>
  readonly example: string
}

/** One of the seven, as data: what it understands, and what it does. It gives its exit status, 0 where it gives none. */
export type Verb = VerbText &
  (
    | { readonly runWith: (call: ProfileCall) => Promise<number> }
    | { readonly isProfileOptional: true; readonly runWithFile: (call: Call, file: ProfileFile, name?: string) => Promise<number> }
  )
