/** `tokenwell/sign-in`: the authorization code grant, for pages, servers and command lines; and sign-ins on another device. */
export { type DeviceSignIn, type DeviceSignInOptions, startDeviceSignIn } from './sign-in/device-sign-in.ts'
export {
  type AuthorizationUrlOptions,
  type CompleteSignInOptions,
  completeSignIn,
  createAuthorizationUrl,
  type SignInClientOptions,
  type SignInStorage,
} from './sign-in/sign-in.ts'
