export { createClient } from './client.ts'
export { defineProvider } from './endpoint/define-provider.ts'
export type { Grant, Scope, Secret } from './endpoint/grant.ts'
export type {
  ClientAuthentication,
  ClientAuthenticationMethod,
  ClientAuthenticationResult,
  ClientCredentials,
  Encoding,
  Paths,
  Provider,
  RenewalProfile,
  TokenRequestProfile,
  TokenResponseProfile,
} from './endpoint/provider.ts'
export {
  ConfigurationError,
  InvalidTokenResponseError,
  isTokenwellError,
  OriginNotAllowedError,
  SignInFailedError,
  SignInRequiredError,
  TokenEndpointError,
  TokenNetworkError,
  TokenStoreError,
  TokenwellError,
  type TokenwellErrorDetails,
} from './errors.ts'
export type { TokenEvent, TokenEvents, TokenHeldEvent } from './events.ts'
export { authorizationCode } from './grants/authorization-code.ts'
export { clientCredentials } from './grants/client-credentials.ts'
export { customGrant } from './grants/custom-grant.ts'
export { deviceCredentials } from './grants/device-credentials.ts'
export { password } from './grants/password.ts'
export { refreshToken } from './grants/refresh-token.ts'
export type { TokenManagerOptions } from './manager-options.ts'
export { cam2 } from './providers/cam2.ts'
export { camdram } from './providers/camdram.ts'
export { dive } from './providers/dive.ts'
export { musement } from './providers/musement.ts'
export { oauth2 } from './providers/oauth2.ts'
export { type EncryptedStoreOptions, encryptedStore, type StoreKey } from './stores/encrypted.ts'
export { type IndexedDbStoreOptions, indexedDbStore } from './stores/indexed-db.ts'
export { memoryStore } from './stores/memory.ts'
export { type LoadStoreKeyOptions, loadStoreKey } from './stores/store-key.ts'
export { webStorageStore } from './stores/web-storage.ts'
export type { Token } from './token/token.ts'
export type { TokenState } from './token/token-keeper.ts'
export type { TokenRecord, TokenStore } from './token/token-store.ts'
export { type GetTokenOptions, TokenManager } from './token-manager.ts'
export type { TokenStatus } from './token-status.ts'
