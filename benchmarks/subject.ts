import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { subjectNames } from './arguments.mjs'
import { againstRoot } from './tools/build.ts'

/** What a scenario gives a subject: one client of one authorization server, and the fetch to use for everything. */
export interface SubjectOptions {
  tokenUrl: string
  apiUrl: string
  clientId: string
  clientSecret: string
  fetch: typeof globalThis.fetch
}

/** One client at work: what a user of the subject would keep for the life of the program. */
export interface Session {
  /**
   * An authenticated call; with a `Request` only where the subject {@link Subject.takesRequests}. Resolves to the response,
   * whose body may have been read (google-auth-library always does).
   */
  call(input: string | Request, init?: RequestInit): Promise<Response>
  /** Stops timers, where the subject has any. */
  dispose?(): void
}

/** Something that is measured: tokenwell, a peer, or a yardstick. */
export interface Subject {
  /** Whether a call may be given as a `Request`, whatever its method. @default false */
  readonly takesRequests?: boolean
  create(options: SubjectOptions): Session
}

/** The floor's token: it never asks for one, so the servers of the benchmark know it. */
export const staticToken = 'static-token-of-the-floor'

/** `against` is the build of tokenwell that `--against` names. */
export type SubjectName = (typeof subjectNames)[number] | 'against'

const subjectLabels: Readonly<Record<Exclude<SubjectName, 'against'>, string>> = {
  floor: 'bare fetch (floor)',
  tokenwell: 'tokenwell',
  minimum: 'hand-written minimum',
  badgateway: 'badgateway',
  oauth4webapi: 'oauth4webapi',
  'google-auth-library': 'google-auth-library',
  ky: 'ky with hooks',
}

export function labelOf(name: SubjectName): string {
  return name === 'against' ? `tokenwell ${readAgainstVersion()}` : subjectLabels[name]
}

/** Loaded when it is wanted: a subject that cannot be built must not keep the others from running. */
export async function loadSubject(name: SubjectName): Promise<Subject> {
  const module = (await import(`./subjects/${name}.ts`)) as { subject: Subject }
  return module.subject
}

function readAgainstVersion(): string {
  return (JSON.parse(readFileSync(join(againstRoot(), 'package.json'), 'utf8')) as { version: string }).version
}
