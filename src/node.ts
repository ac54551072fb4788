export { toNodeListener } from './proxy/to-node-listener.ts'
export { type FileStoreOptions, fileStore } from './stores/file.ts'
