import { createHash } from 'node:crypto'
import { json, Misfit, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, checkContentType, checkNames, type Fields, parsedJson } from '../read-request.ts'
import { opaque, type Session } from '../sessions.ts'

/** Cameras on a PC. A log-in of two steps; the session travels in the JSON body of each command; all answers are 200. */
export const blueIris: ApiDefinition = {
  name: 'Blue Iris',
  source: 'https://blueirissoftware.com/BlueIris.PDF, «JSON interface»; magapp/blueiriscmd',
  credentials: { user: 'admin', password: 'iris & pupil' },
  secret: 'password',
  // The document names none. A session ends some minutes after its last command.
  lifetimeMs: 10 * 60_000,
  misfit: (reason) => fails(reason),
  routes: [
    {
      kind: (request) => kinds[String(commandOf(request)['cmd'])] ?? 'api',
      method: 'POST',
      path: '/json',
      answer: (request, api) =>
        answers[String(commandOf(request)['cmd'])]?.(commandOf(request), api, request) ??
        refuse(fails('unknown command'), 'unknown command'),
    },
    { kind: 'api', method: 'GET', path: '/image/index', answer: readImage },
  ],
}

const kinds = { login: 'log-in', logout: 'log-out' } as Record<string, 'log-in' | 'log-out'>

const answers: Record<string, (command: Fields, api: Api, request: ApiRequest) => ReturnType<typeof json>> = {
  login: logIn,
  logout(command, api) {
    api.sessions.end(check(command['session'], api))
    return json(200, { result: 'success' })
  },
  camlist(command, api) {
    const { token } = check(command['session'], api)
    return json(200, { result: 'success', session: token, data: [{ optionDisplay: 'Gate', optionValue: 'gate' }] })
  },
  trigger(command, api) {
    const { token } = check(command['session'], api)
    return json(200, { result: 'success', session: token })
  },
}

/** First without a response: the answer is `fail`, and brings the challenge. Then with MD5 of `user:session:password`. */
function logIn(command: Fields, { credentials, sessions, memory, now }: Api, request: ApiRequest) {
  if (request.headers.authorization !== undefined) throw new Misfit('an Authorization header')
  checkContentType(request, 'application/json')
  checkNames([...request.query.keys()], [], [], 'query')
  if (!('response' in command)) {
    checkNames(Object.keys(command), ['cmd'], [], 'body')
    const session = opaque().slice(0, 32)
    memory.set(session, now())
    return json(200, { result: 'fail', session })
  }
  checkNames(Object.keys(command), ['cmd', 'session', 'response'], [], 'body')
  const session = String(command['session'])
  // A challenge is good for one try.
  if (!memory.delete(session)) refuse(fails('Access denied'), 'an unknown or used challenge')
  const right = createHash('md5').update(`${credentials['user']}:${session}:${credentials['password']}`).digest('hex')
  if (command['response'] !== right) refuse(fails('Access denied'), 'wrong response')
  sessions.open({ token: session })
  return json(200, { result: 'success', session, data: { 'system name': 'Home', admin: true } })
}

function readImage(request: ApiRequest, api: Api) {
  check(request.query.get('session'), api)
  return { status: 200, headers: { 'Content-Type': 'image/jpeg' }, body: Buffer.from([0xff, 0xd8, 0xff, 0xd9]) }
}

function check(session: unknown, { sessions }: Api): Session {
  const found = sessions.live(String(session)) ?? refuse(json(200, { result: 'fail' }), 'session gone')
  sessions.prolong(found)
  return found
}

const commandOf = (request: ApiRequest): Fields => (parsedJson(request.body) ?? {}) as Fields

const fails = (reason: string) => json(200, { result: 'fail', data: { reason } })
