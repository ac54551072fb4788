/** The run cannot start or go on, for a reason that one line says. Exit status 1. */
export class StopError extends Error {}

export function cannotStart(reason: string): never {
  throw new StopError(reason)
}
