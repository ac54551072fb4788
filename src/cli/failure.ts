import { isTokenwellError, type TokenwellError } from '../base/errors.ts'
import { cleanCause, fieldOf, nameAndCode } from '../base/redact.ts'

/** How the command ends. */
export const exitStatus = { done: 0, failed: 1, usedWrongly: 2, signInRequired: 4, interrupted: 130 } as const

/** The command, its arguments or its profiles are wrong: exit status 2. */
export class UsageError extends Error {}

/** The command could not do its work: exit status 1, or another one that fits better. */
export class CommandError extends Error {
  readonly status: number

  constructor(message: string, status: number = exitStatus.failed) {
    super(message)
    this.status = status
  }
}

export function statusOf(error: unknown): number {
  if (error instanceof UsageError) return exitStatus.usedWrongly
  if (error instanceof CommandError) return error.status
  if (!isTokenwellError(error)) return exitStatus.failed
  if (error.code === 'sign_in_required') return exitStatus.signInRequired
  const isUsage = error.code === 'invalid_configuration' || error.code === 'origin_not_allowed'
  return isUsage ? exitStatus.usedWrongly : exitStatus.failed
}

/** One line that says what is wrong. Of a platform's error its name and code alone: platforms print tokens in the rest. */
export function describeFailure(error: unknown): string {
  if (error instanceof UsageError || error instanceof CommandError) return error.message
  if (isTokenwellError(error)) return toLine(describeTokenwellError(error))
  if (fieldOf(error, 'name') === 'TypeError' && fieldOf(error, 'cause') !== undefined)
    return `The API could not be reached: ${nameAndCode(cleanCause(error))}.`
  return `Something unexpected happened: ${nameAndCode(cleanCause(error))}.`
}

function describeTokenwellError({ message, retryAt }: TokenwellError): string {
  const said = inWordsOfProfiles(message)
  return retryAt === undefined ? said : `${said} Nothing is asked again before ${new Date(retryAt).toISOString()}.`
}

/** The library names its functions, and a profile is written in JSON. */
function inWordsOfProfiles(message: string): string {
  return message.replace(', which defineProvider() sets', ' in `provider`').replace('by defineProvider()', 'in `provider`')
}

const toLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ')

/** What a system call failed with: `ENOENT`. Nothing else of a platform's error. */
export function codeOf(error: unknown): string {
  return nameAndCode(cleanCause(error)).replace(/^Error \((\w+)\)$/, '$1')
}
