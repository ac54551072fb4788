export { toNodeListener } from './node/to-node-listener.ts'
export { type FileStoreOptions, fileStore } from './stores/file/file-store.ts'
