export { createClient } from './ky/create-client.ts'
