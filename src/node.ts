export { toNodeListener } from './proxy/to-node-listener.ts'
