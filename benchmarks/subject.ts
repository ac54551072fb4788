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
  /** An authenticated call. Resolves to the response, whose body may have been read (google-auth-library always does). */
  call(url: string, init?: RequestInit): Promise<Response>
  /** Stops timers, where the subject has any. */
  dispose?(): void
}

/** Something that is measured: tokenwell, a peer, or a yardstick. */
export interface Subject {
  create(options: SubjectOptions): Session
}

/** The floor's token: it never asks for one, so the servers of the benchmark know it. */
export const staticToken = 'static-token-of-the-floor'

/** In the order of the report. Each is a file in `subjects/`; the floor is the yardstick of the ratios. */
export const subjectNames = ['floor', 'tokenwell', 'minimum', 'badgateway', 'oauth4webapi', 'google-auth-library', 'ky'] as const

export type SubjectName = (typeof subjectNames)[number]

export const subjectLabels: Readonly<Record<SubjectName, string>> = {
  floor: 'bare fetch (floor)',
  tokenwell: 'tokenwell',
  minimum: 'hand-written minimum',
  badgateway: 'badgateway',
  oauth4webapi: 'oauth4webapi',
  'google-auth-library': 'google-auth-library',
  ky: 'ky with hooks',
}

/** Loaded when it is wanted: a subject that cannot be built must not keep the others from running. */
export async function loadSubject(name: SubjectName): Promise<Subject> {
  const module = (await import(`./subjects/${name}.ts`)) as { subject: Subject }
  return module.subject
}
