/** `tokenwell/ky`: a ky client that sends through a manager. */
export { createClient } from './ky/create-client.ts'
