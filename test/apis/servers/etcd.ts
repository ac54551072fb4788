import { hasRight, json, refuse } from '../answers.ts'
import type { Api, ApiDefinition } from '../api-server.ts'
import { type ApiRequest, header, readExactly } from '../read-request.ts'
import { opaque } from '../sessions.ts'

/** A store of keys. The token is the whole `Authorization` header, and lives 5 minutes from its last use. Reads of keys are POSTs too. */
export const etcd: ApiDefinition = {
  name: 'etcd v3',
  source:
    'observed on a running etcd; https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/; api/v3rpc/rpctypes/error.go for texts and codes',
  credentials: { name: 'root', password: 'keeper of keys' },
  secret: 'password',
  lifetimeMs: 5 * 60_000,
  misfit: (reason) => fails(400, 3, reason),
  notFound: fails(404, 5, 'Not Found'),
  routes: [
    { kind: 'log-in', method: 'POST', path: '/v3/auth/authenticate', answer: logIn },
    { kind: 'api', method: 'POST', path: '/v3/kv/range', answer: read },
    { kind: 'api', method: 'POST', path: '/v3/kv/put', answer: write },
    // The only GETs are outside of the gRPC gateway, and ask for no token.
    { kind: 'api', method: 'GET', path: '/version', answer: () => json(200, { etcdserver: '3.5.17', etcdcluster: '3.5.0' }) },
  ],
}

const responseHeader = { cluster_id: '14841639068965178418', member_id: '10276657743932975437', revision: '1', raft_term: '2' }

function logIn(request: ApiRequest, { credentials, sessions }: Api) {
  const fields = readExactly(request, { as: 'json', needs: ['name', 'password'] })
  const wrong = fails(400, 3, 'etcdserver: authentication failed, invalid user ID or password')
  if (!hasRight(fields, credentials, 'name', 'password')) refuse(wrong, 'wrong password')
  return json(200, { header: responseHeader, token: sessions.open({ token: `${opaque().slice(0, 16)}.${sessions.count + 8}` }).token })
}

function read(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { header: responseHeader, kvs: [{ key: 'Zm9v', value: 'YmFy' }], count: '1' })
}

function write(request: ApiRequest, api: Api) {
  checkToken(request, api)
  return json(200, { header: responseHeader })
}

/** error.go: ErrGRPCUserEmpty is InvalidArgument (400), ErrGRPCInvalidAuthToken is Unauthenticated (401). A scheme makes another token. */
function checkToken(request: ApiRequest, { sessions }: Api): void {
  const token = header(request, 'authorization')
  if (token === undefined) refuse(fails(400, 3, 'etcdserver: user name is empty'), 'no token')
  const session = sessions.live(token) ?? refuse(fails(401, 16, 'etcdserver: invalid auth token'), 'token gone')
  sessions.prolong(session)
}

/** The gateway of 3.4 and 3.5 says it twice. */
function fails(status: number, code: number, message: string) {
  return json(status, { error: message, code, message })
}
