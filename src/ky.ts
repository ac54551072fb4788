/** `tokenwell/ky`: a ky client that sends through a manager. */
export { type ClientOptions, createClient } from './ky/create-client.ts'
