/** `tokenwell/sign-in`: the authorization code grant, for pages, servers and command lines. */
export {
  type AuthorizationUrlOptions,
  type CompleteSignInOptions,
  completeSignIn,
  createAuthorizationUrl,
  type SignInClientOptions,
  type SignInStorage,
} from './sign-in/sign-in.ts'
