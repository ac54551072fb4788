/** `tokenwell`: the manager, grants, providers and stores that run everywhere. */
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
} from './base/errors.ts'
export type { TokenEvent, TokenEvents, TokenHeldEvent } from './base/events.ts'
export { authorizationCode } from './grants/authorization-code.ts'
export { clientCredentials } from './grants/client-credentials.ts'
export { customGrant } from './grants/custom-grant.ts'
export { deviceCredentials } from './grants/device-credentials.ts'
export { type JwtBearerOptions, jwtBearer } from './grants/jwt-bearer.ts'
export { password } from './grants/password.ts'
export { type PrivateKeyJwtOptions, privateKeyJwt } from './grants/private-key-jwt.ts'
export { refreshToken } from './grants/refresh-token.ts'
export type { SigningAlgorithm } from './grants/signing-algorithm.ts'
export type { PrivateJwk, SigningCryptoKey, SigningKey } from './grants/signing-key.ts'
export { type ExchangedTokenType, type TokenExchangeOptions, tokenExchange } from './grants/token-exchange.ts'
export type { GetTokenOptions } from './manager/get-token-options.ts'
export type { TokenManagerOptions } from './manager/options.ts'
export type { TokenStatus } from './manager/status.ts'
export { TokenManager } from './manager/token-manager.ts'
export { cam2 } from './providers/cam2.ts'
export { camdram } from './providers/camdram.ts'
export { defineProvider } from './providers/define-provider.ts'
export { type DiscoverOptions, discover } from './providers/discover.ts'
export { dive } from './providers/dive.ts'
export { musement } from './providers/musement.ts'
export { oauth2 } from './providers/oauth2.ts'
export { type IndexedDbStoreOptions, indexedDbStore } from './stores/browser/indexed-db.ts'
export { type LoadStoreKeyOptions, loadStoreKey } from './stores/browser/store-key.ts'
export { webStorageStore } from './stores/browser/web-storage.ts'
export { type EncryptedStoreOptions, encryptedStore, type StoreKey } from './stores/encrypted.ts'
export { memoryStore } from './stores/memory.ts'
export type { TokenState } from './token/held-token.ts'
export type { Token } from './token/token.ts'
export type { LockOptions, TokenRecord, TokenStore } from './token/token-store.ts'
export type { Exchange, ExchangeRequest, PreviousToken } from './vocabulary/exchange.ts'
export type { Grant } from './vocabulary/grant.ts'
export type { Paths } from './vocabulary/paths.ts'
export type {
  AuthenticatedRequest,
  AuthorizationFunction,
  AuthorizationProfile,
  CallAuthorization,
  ClientAuthentication,
  ClientAuthenticationFunction,
  ClientAuthenticationMethod,
  ClientAuthenticationResult,
  ClientCredentials,
  Encoding,
  ErrorFunction,
  ErrorRule,
  Json,
  Provider,
  RenewalProfile,
  RevocationProfile,
  TokenRequestMethod,
  TokenRequestProfile,
  TokenResponseProfile,
  UnauthorizedCall,
} from './vocabulary/provider.ts'
export type { ReplyMatch, Scalar } from './vocabulary/reply-match.ts'
export type { Scope } from './vocabulary/scope.ts'
export type { ClientId, Secret } from './vocabulary/secret.ts'
